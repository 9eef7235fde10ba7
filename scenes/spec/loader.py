"""Reads a report: report.toml in, a checked `Report` out, as a profile or the user changes it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenes.errors import SpecError
from scenes.spec.builtin_backbones import BACKBONES
from scenes.spec.profile import Profile, StudyProfile
from scenes.spec.report import Report, language_mistakes
from scenes.spec.settings import Settings
from scenes.spec.study import Study
from scenes.spec.text import Language
from scenes.spec.toml_file import parse_toml
from scenes.spec.toml_lines import KeyPath, locate_keys
from scenes.spec.validation import Mistake, find_mistakes, guess, mistake_lines, name_place


@dataclass(frozen=True)
class Description:
    """A report.toml as it was read; what happens to the file later changes nothing.

    Attributes:
        path: Of the file.
        text: Its content.
        report: What it describes, before a profile or the user changes it.
    """

    path: Path
    text: str
    report: Report

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """The line of each key."""
        return locate_keys(self.text)


def load_report(folder: Path) -> Report:
    """Return what the report.toml of a folder describes; raises as `read_description` does."""
    return read_description(folder).report


def read_description(folder: Path) -> Description:
    """Read and check the report.toml of a folder.

    Args:
        folder: Of the report, or the file itself.

    Raises:
        SpecError: The file is missing, is not TOML, or has mistakes: all of them at once.
    """
    path = folder / "report.toml" if folder.is_dir() else folder
    if not path.is_file():
        raise SpecError(
            f"{folder}: there is no report here",
            [f"a report is a folder that holds report.toml; {path} does not exist"],
            "Name such a folder, for example: scenes report reports/practica4",
        )
    try:
        text, data = parse_toml(path.read_bytes())
    except OSError as error:
        raise SpecError(f"{path} cannot be read", [error.strerror or str(error)]) from None
    except ValueError as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    return Description(path, text, check_report(data, str(path), text=text))


def check_report(data: Mapping[str, Any], source: str, *, text: str | None = None) -> Report:
    """Return the report that the tables of a TOML file describe.

    Args:
        data: The tables.
        source: Names them in the message.
        text: Of the file, for the line numbers.

    Raises:
        SpecError: `source` has mistakes: all of them at once.
    """
    report, mistakes = _validate(data)
    if report is not None:
        mistakes = [it for name in report.profiles for it in _profile_mistakes(report, name)]
    if report is None or mistakes:
        places = locate_keys(text) if text is not None else None
        lines = mistake_lines(mistakes, data, file=Path(source).name, lines=places)
        raise SpecError(f"{source} has mistakes", lines)
    return report


def _validate(data: Mapping[str, Any]) -> tuple[Report | None, list[Mistake]]:
    try:
        return Report.model_validate(data), []
    except ValidationError as error:
        return None, find_mistakes(error, Report)


def apply_profile(report: Report, name: str) -> Report:
    """Return the report with a profile's seeds, epochs and settings in place.

    Raises:
        SpecError: The report has no such profile, or the profile sets what is not allowed.
    """
    if name not in report.profiles:
        choices = ", ".join(report.profiles) or "none"
        raise SpecError(
            f"there is no profile {name!r}{guess(name, report.profiles)}",
            [f"the report's profiles: {choices}"],
        )
    mistakes = _profile_mistakes(report, name)
    if mistakes:
        raise SpecError(f"profile {name!r} has mistakes", mistake_lines(mistakes))
    return Report.model_validate(_with_profile(report, name))


def takes_less(report: Report, *, than: Report) -> bool:
    """Return whether a report takes fewer epochs or pictures than another of the same values."""
    whole = _amounts(than)
    return any(
        few < many
        for name, taken in _amounts(report).items()
        for few, many in zip(taken, whole.get(name, taken), strict=True)
    )


def _amounts(report: Report) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the epochs, and the pictures of each class, of every value."""
    return {
        (study.name, value.key): (settings["epochs"], settings["train_per_class"] or math.inf)
        for study in report.studies
        for value in study.values
        for settings in [{**report.base.model_dump(), **study.set, **value.settings}]
    }


def _with_profile(report: Report, name: str) -> dict[str, Any]:
    """Return the tables of a report as one of its profiles changes it."""
    profile = report.profiles[name]
    base = Settings.model_validate({**report.base.model_dump(), **profile.set})
    return {
        **report.model_dump(by_alias=True),
        "base": base.model_dump(),
        "seeds": profile.seeds or report.seeds,
        "max_seeds": profile.max_seeds if profile.seeds else report.max_seeds,
        "study": [_in_profile(study, base, profile) for study in report.studies],
    }


def _profile_mistakes(report: Report, name: str) -> list[Mistake]:
    """Return what is wrong with a profile of a report that is right without it."""
    profile = report.profiles[name]
    try:
        _, mistakes = _validate(_with_profile(report, name))
    except ValidationError as error:
        found = find_mistakes(error, Settings)
        return [Mistake(("profile", name, "set", *it.place), it.text) for it in found]
    return [_in_its_profile(mistake, report, name, profile) for mistake in mistakes]


def _in_its_profile(mistake: Mistake, report: Report, name: str, profile: Profile) -> Mistake:
    """Move a mistake from the study in which it shows to the key of the profile that made it."""
    place: KeyPath = ("profile", name)
    if mistake.place[:1] != ("study",):
        return Mistake(place, mistake.text)
    key = mistake.place[-1]
    study = report.studies[int(mistake.place[1])]
    if key in profile.study.get(study.name, StudyProfile()).set:
        return Mistake((*place, "study", study.name, "set", key), mistake.text)
    if key in profile.set:
        place = (*place, "set", key)
    shows = name_place(mistake.place[:-1], report.model_dump(by_alias=True))
    return Mistake(place, f"in {shows}: {mistake.text}")


def _in_profile(study: Study, base: Settings, profile: Profile) -> Study:
    own = profile.study.get(study.name, StudyProfile())
    seeds: dict[str, Any] = {}
    if own.seeds or own.value_seeds or profile.seeds:
        seeds = {"seeds": own.seeds, "value_seeds": own.value_seeds}
    share = own.epochs or profile.epochs or 1.0
    epochs = study.set.get("epochs", base.epochs)
    changed = {**study.set, "epochs": max(1, round(share * epochs)), **own.set}
    return study.model_copy(update={"set": changed, **seeds})


def with_seeds(report: Report, seeds: tuple[int, ...]) -> Report:
    """Return the report with these seeds for every value of every study."""
    studies = [it.model_copy(update={"seeds": None, "value_seeds": {}}) for it in report.studies]
    changed = {"seeds": seeds, "max_seeds": None, "studies": tuple(studies)}
    return report.model_copy(update=changed)


def with_choices_by_rule(report: Report) -> Report:
    """Return the report with the rule of each study in place of its authors' decision."""
    by_rule = {"value": None, "because": None}
    studies = [
        it.model_copy(update={"choose": it.choose and it.choose.model_copy(update=by_rule)})
        for it in report.studies
    ]
    return report.model_copy(update={"studies": tuple(studies)})


def with_language(report: Report, language: Language) -> Report:
    """Return the report in another language.

    Raises:
        SpecError: Some of its texts do not stand in that language.
    """
    changed = report.model_copy(update={"language": language})
    mistakes = list(language_mistakes(changed))
    if mistakes:
        lines = mistake_lines(mistakes, report.model_dump(by_alias=True))
        raise SpecError(f"the report cannot be written in {language!r}", lines)
    return changed


def with_weights(report: Report, weights: Mapping[str, str]) -> Report:
    """Return the report with other pretrained weights.

    Args:
        report: To be changed.
        weights: `random`, `imagenet` or a file, by backbone; the key "" stands for every other.

    Raises:
        SpecError: A backbone is unknown.
    """
    unknown = [name for name in weights if name and name not in BACKBONES]
    if unknown:
        choices = ", ".join(BACKBONES)
        problems = [
            f"there is no backbone {name!r}{guess(name, BACKBONES)}; choices: {choices}"
            for name in unknown
        ]
        raise SpecError("weights are given to an unknown backbone", problems)

    def choose(backbone: str, now: str) -> str:
        return weights.get(backbone, weights.get("", now))

    return _change_weights(report, choose)


def with_located_weights(report: Report, folder: Path) -> Report:
    """Return the report with every weights file that lies in its folder as a whole path."""

    def locate(_: str, weights: str) -> str:
        path = folder / Path(weights).expanduser()
        named = weights not in ("imagenet", "random") and path.is_file()
        return str(path.resolve()) if named else weights

    return _change_weights(report, locate)


def _change_weights(report: Report, choose: Callable[[str, str], str]) -> Report:
    """Set the weights of every value that has a backbone to choose(backbone, weights)."""
    studies = []
    for study in report.studies:
        values = []
        for value in study.values:
            whole = {**report.base.model_dump(), **study.set, **value.settings}
            changed = dict(value.settings)
            if whole["backbone"] is not None:
                changed["weights"] = choose(whole["backbone"], whole["weights"])
            values.append(value.model_copy(update={"settings": changed}))
        studies.append(study.model_copy(update={"values": tuple(values)}))
    return report.model_copy(update={"studies": tuple(studies)})
