"""Reads a report: report.toml in, a checked `Report` out, as a profile or the user changes it."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenes import catalogue
from scenes.errors import SpecError
from scenes.settings import Settings, problem_lines
from scenes.spec import Language, Profile, Report, Study, StudyProfile, language_problems


def load_report(folder: Path) -> Report:
    """Read and check the report.toml of a folder.

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
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(f"{path} cannot be read", [str(error)]) from None
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    return check_report(data, str(path))


def check_report(data: Mapping[str, Any], source: str) -> Report:
    """Return the report that the tables of a TOML file describe.

    Raises:
        SpecError: `source` has mistakes: all of them at once.
    """
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        raise SpecError(
            f"{source} has mistakes", problem_lines(error.errors(), Report, data)
        ) from None


def apply_profile(report: Report, name: str) -> Report:
    """Return the report with a profile's seeds, epochs and settings in place.

    Raises:
        SpecError: The report has no such profile, or the profile sets what is not allowed.
    """
    if name not in report.profiles:
        choices = ", ".join(report.profiles) or "none"
        raise SpecError(f"there is no profile {name!r}", [f"the report's profiles: {choices}"])
    profile = report.profiles[name]
    source = f"profile {name!r}"
    try:
        base = Settings.model_validate({**report.base.model_dump(), **profile.set})
    except ValidationError as error:
        lines = problem_lines(error.errors(), Settings)
        raise SpecError(f"{source} has mistakes", [f"set.{line}" for line in lines]) from None
    changed = {
        "base": base.model_dump(),
        "seeds": profile.seeds or report.seeds,
        "study": [_in_profile(study, base, profile) for study in report.studies],
    }
    return check_report({**report.model_dump(by_alias=True), **changed}, source)


def _in_profile(study: Study, base: Settings, profile: Profile) -> Study:
    own = profile.study.get(study.name, StudyProfile())
    share = own.epochs or profile.epochs or 1.0
    epochs = study.set.get("epochs", base.epochs)
    changed = {**study.set, "epochs": max(1, round(share * epochs)), **own.set}
    return study.model_copy(update={"set": changed})


def with_language(report: Report, language: Language) -> Report:
    """Return the report in another language.

    Raises:
        SpecError: Some of its texts do not stand in that language.
    """
    changed = report.model_copy(update={"language": language})
    problems = list(language_problems(changed))
    if problems:
        raise SpecError(f"the report cannot be written in {language!r}", problems)
    return changed


def with_weights(report: Report, weights: Mapping[str, str]) -> Report:
    """Return the report with other pretrained weights.

    Args:
        report: To be changed.
        weights: `random`, `imagenet` or a file, by backbone; the key "" stands for every other.

    Raises:
        SpecError: A backbone is unknown.
    """
    unknown = [name for name in weights if name and name not in catalogue.BACKBONES]
    if unknown:
        choices = ", ".join(catalogue.BACKBONES)
        problems = [f"{name!r} is none of the backbones: {choices}" for name in unknown]
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
