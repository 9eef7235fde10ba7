"""The runs that a document rests on, as data for whoever trains them again: a plan in, JSON out.

Lists are made in the child that reads the file, which may be anybody's; they are checked here by
the process that trains.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from scenes.data.pictures import Pictures
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.record import METRICS, Record
from scenes.spec.settings import Settings

RunId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
STACK = ("instruction_set", "processor", "threads", "devices", "system")
"""What a record's environment says of the arithmetic, beside what the run's id covers."""


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class RecordedRun(_Checked):
    """A finished run as its document carries it.

    Attributes:
        id: As it is recorded.
        study, value: Where it stands in the report.
        settings: As JSON, complete.
        seed: Of the run.
        identity: Of which the id is the hash.
        stack: Of its environment, `STACK` and the libraries.
        seconds: That it took.
        history: By metric, a number for each epoch.
        probabilities: Of the validation pictures, float32 (n, classes), in base 64.
        pictures: Name of its `PictureSet`.
    """

    id: RunId
    study: str
    value: str
    settings: str
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    identity: dict[str, Any]
    stack: dict[str, Any]
    seconds: float
    history: dict[str, list[float]]
    probabilities: str
    pictures: str

    @property
    def parsed_settings(self) -> Settings:
        """The settings, with every range checked.

        Raises:
            ValidationError: They are none.
        """
        return Settings.model_validate_json(self.settings)

    @property
    def probabilities_data(self) -> bytes:
        """The bytes of the probabilities, float32 in little-endian order, row by row."""
        return base64.b64decode(self.probabilities)


class ListedPicture(_Checked):
    """A picture of which the content is known by its hash alone."""

    path: str
    label: Annotated[int, Field(ge=0)]
    sha256: Sha256


class PictureSet(_Checked):
    """The pictures that a run took.

    Attributes:
        is_painted: Whether the program paints them; then `seed` is the painter's.
        has_own_loader: Whether code of the authors reads them.
    """

    is_painted: bool
    seed: int
    has_own_loader: bool
    classes: tuple[str, ...]
    train: tuple[ListedPicture, ...]
    val: tuple[ListedPicture, ...]


class Sample(_Checked):
    """Some runs of a document with their pictures."""

    runs: tuple[RecordedRun, ...]
    pictures: dict[str, PictureSet]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if missing := {one.pictures for one in self.runs} - self.pictures.keys():
            raise ValueError(f"pictures {min(missing)} are not listed")
        return self


@dataclass(frozen=True)
class _Place:
    """A finished run and where it stands first."""

    study: StudyPlan
    trial: Trial
    run: Run
    record: Record


def _places(plan: Plan) -> Iterator[_Place]:
    """Yield each finished run once."""
    seen = set()
    for study in plan.studies:
        for trial in study.trials:
            for run in trial.runs:
                if isinstance(run.result, Record) and run.result.id not in seen:
                    seen.add(run.result.id)
                    yield _Place(study, trial, run, run.result)


def list_ids(plan: Plan) -> list[str]:
    """Return the ids of the finished runs of a document."""
    return [one.record.id for one in _places(plan)]


def describe_runs(plan: Plan, pictures: Pictures, ids: Sequence[str]) -> dict[str, Any]:
    """Return some runs as a `Sample` that JSON takes."""
    chosen = [one for one in _places(plan) if one.record.id in ids]
    sets = {pictures.fingerprint(it.run.settings, it.run.fold): it.run for it in chosen}
    has_own_loader = plan.report.data.loader is not None
    return {
        "runs": [_described(one, pictures) for one in chosen],
        "pictures": {
            name: _listed(pictures, run, has_own_loader=has_own_loader)
            for name, run in sets.items()
        },
    }


def _described(one: _Place, pictures: Pictures) -> dict[str, Any]:
    record = one.record
    probabilities = np.ascontiguousarray(record.predictions.probabilities, "<f4")
    return {
        "id": record.id,
        "study": one.study.study.name,
        "value": one.trial.key,
        "settings": one.run.settings.model_dump_json(),
        "seed": one.run.seed,
        "identity": record.identity,
        "stack": stack_of(record.environment),
        "seconds": record.seconds,
        "history": {name: record.history[name] for name in METRICS},
        "probabilities": base64.b64encode(probabilities.tobytes()).decode("ascii"),
        "pictures": pictures.fingerprint(one.run.settings, one.run.fold),
    }


def stack_of(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides the last digits of a run, beside what its id covers."""
    return {name: environment.get(name) for name in (*STACK, "libraries")}


def _listed(pictures: Pictures, run: Run, *, has_own_loader: bool) -> dict[str, Any]:
    part = pictures.part(run.settings, run.fold)
    members = {
        split: [
            {"path": one.path.as_posix(), "label": one.label, "sha256": one.sha256}
            for one in part.splits[split]
        ]
        for split in ("train", "val")
    }
    return {
        "is_painted": part.source == "synthetic",
        "seed": pictures.seed,
        "has_own_loader": has_own_loader,
        "classes": part.classes,
        **members,
    }
