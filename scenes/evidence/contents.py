"""What the JSON files of the evidence must hold, whoever wrote them."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator, model_validator

from scenes.data.findings import FINDINGS


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Said(_Strict):
    """What a document says of itself, which nothing in the evidence can prove."""

    name: str
    command: str
    profile: str | None
    is_reduced: bool
    description: str
    asked: tuple[str, ...]
    commit: str | None


class Manifest(_Strict):
    """What the manifest holds."""

    format: int
    written_with: dict[str, str]
    document: Said
    files: dict[str, str]
    left_out: tuple[Literal["bitmaps"], ...]

    @property
    def epoch(self) -> int:
        """The time, in seconds since 1970, at which the file says that it was written."""
        return int(self.written_with["source_date_epoch"])

    @field_validator("written_with")
    @classmethod
    def _dated(cls, versions: dict[str, str]) -> dict[str, str]:
        if not re.fullmatch(r"[0-9]{1,11}", versions.get("source_date_epoch", "")):
            raise ValueError("source_date_epoch is no time")
        if missing := {"scenes", "code", "python"} - versions.keys():
            raise ValueError(f"it lacks {min(missing)}")
        return versions


def _known_note(kind: str) -> str:
    if kind not in FINDINGS:
        raise ValueError("nothing that is found in pictures is called so")
    return kind


class FailedRun(_Strict):
    """A run that did not finish."""

    id: str
    identity: dict[str, Any]
    reason: str


Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
Note = tuple[
    Annotated[str, AfterValidator(_known_note)],
    int,
    tuple[str, ...],
    float | None,
    tuple[tuple[str, ...], ...],
]


class PictureList(_Strict):
    """The pictures of a report, as `scenes.evidence.pack` writes them."""

    seed: int
    name: str
    source: Literal["folder", "synthetic"]
    classes: tuple[str, ...]
    splits: dict[Split, tuple[tuple[str, int, str], ...]]
    notes: tuple[Note, ...]
    skipped: tuple[tuple[str, str], ...]
    folds: tuple[tuple[str, ...], ...] = ()
    seen: tuple[tuple[str, str, int, int, tuple[str, ...], int | None], ...]

    @model_validator(mode="after")
    def _divided(self) -> Self:
        if missing := {"train", "val"} - self.splits.keys():
            raise ValueError(f"its splits lack {min(missing)}")
        labels = {label for members in self.splits.values() for _, label, _ in members}
        if not labels <= set(range(len(self.classes))):
            raise ValueError("a picture is of a class that is not listed")
        return self


class _Listed(BaseModel):
    model_config = ConfigDict(extra="allow")


class ListedFact(_Listed):
    """A printed number, as the list of results has it."""

    name: str
    value: str


class ListedClaim(_Listed):
    """A claim with its verdict, as the list of results has it."""

    claim: str
    study: str
    template: str
    status: str
    reason: str


class ListedResults(_Listed):
    """What everybody may rely on who reads the list of results."""

    facts: tuple[ListedFact, ...]
    claims: tuple[ListedClaim, ...]
