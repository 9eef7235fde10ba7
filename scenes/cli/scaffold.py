"""Begins a report: a title, a factor and its values in, a folder that builds at once out."""

import json
import string
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scenes.errors import SpecError, UserError
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder, templates_folder
from scenes.spec import registry
from scenes.spec.component_files import components_of
from scenes.spec.entries import Origin
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings
from scenes.spec.text import Language
from scenes.system.files import save_atomically

FILES = ("report.toml", "report.html", "references.bib")
COMPONENTS = "components.py"
OWN_MODEL = "small_net"
"""The network of the components that a report may begin with."""
DEFAULT_FACTOR = "learning_rate"
USUAL_VALUES = {
    "activation": ("linear", "tanh", "relu"),
    "augmentation": ("none", "horizontal_flip", "zoom"),
    "batch_size": ("8", "16", "32", "64"),
    "dropout": ("0.0", "0.2", "0.5"),
    "image_size": ("16", "32", "64"),
    "learning_rate": ("0.0001", "0.001", "0.01"),
    "optimizer": ("sgd", "adam", "rmsprop"),
    "train_per_class": ("10", "20", "40"),
}
"""Values to begin with, where none are given."""
OWN_VALUES = {"width": ("8", "16", "32"), "blocks": ("1", "2", "3")}
"""The same, of the settings that the network in `components.py` brings."""


@dataclass(frozen=True)
class Beginning:
    """What a new report is to be.

    Attributes:
        title: Of the report; the catalogue's where there is none.
        authors: Their names; the catalogue's where there are none.
        language: Of the report.
        factor: The setting that its study varies.
        values: As they are written in a TOML file; a word needs no quotes. The usual ones of the
            factor where there are none.
        has_model: Whether it brings a network of its own.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    language: Language = "en"
    factor: str = DEFAULT_FACTOR
    values: tuple[str, ...] = ()
    has_model: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files."""
        return (*FILES, COMPONENTS) if self.has_model else FILES

    @property
    def components(self) -> Origin | None:
        """Where its own network is read from until it is written."""
        return Origin(templates_folder() / "new", (COMPONENTS,)) if self.has_model else None


def create_report(folder: Path, beginning: Beginning) -> tuple[Path, ...]:
    """Write the files of a new report and return where they are.

    Raises:
        UserError: There is something in the folder already.
        SpecError: The report would have mistakes; nothing is written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            f"{folder} is there already",
            ["a new report needs a folder of its own, and nothing is written over"],
            "Name another one, for example: scenes new reports/mine",
        )
    source = templates_folder() / "new"
    texts = {name: (source / name).read_text(encoding="utf-8") for name in beginning.files}
    with components_of(beginning.components):
        texts["report.toml"] = _describe(texts["report.toml"], beginning)
        description = tomllib.loads(texts["report.toml"])
        report = check_report(description, f"the new {folder / 'report.toml'}")
    first, second, *_ = (value.key for value in report.studies[0].values)
    texts["report.html"] = string.Template(texts["report.html"]).substitute(
        first=first, second=second
    )
    for name, text in texts.items():
        save_atomically(folder / name, text.encode("utf-8"))
    return tuple(folder / name for name in beginning.files)


def usual_values(factor: str) -> tuple[str, ...]:
    """Return values to begin with; none where the factor has no usual ones."""
    return {**USUAL_VALUES, **OWN_VALUES}.get(factor, ())


def _describe(text: str, beginning: Beginning) -> str:
    words = load_words(beginning.language, catalogues_folder())
    factor = beginning.factor
    known = [*Settings.model_fields, *registry.current().settings]
    if factor not in known:
        choices = ", ".join(known)
        raise SpecError(f"there is no setting {factor!r} to vary", [f"the settings: {choices}"])
    values = beginning.values or usual_values(factor)
    if not values:
        raise SpecError(
            f"no values are given for {factor!r}",
            ["a study compares two values or more"],
            f"Give them, for example: scenes new FOLDER --factor {factor} --values 1,2,3",
        )
    label = words(f"setting.{factor}") if words.has(f"setting.{factor}") else factor
    phrase = words(f"in_sentence.{factor}") if words.has(f"in_sentence.{factor}") else label
    return string.Template(text).substitute(
        title=_quoted(beginning.title or words("new.title")),
        authors=_listed(map(_quoted, beginning.authors or (words("new.author"),))),
        language=beginning.language,
        model=OWN_MODEL if beginning.has_model else Settings().model,
        factor=factor,
        study=_quoted(label[:1].upper() + label[1:]),
        question=_quoted(words("new.question", factor=phrase)),
        values=_listed(map(_value, values)),
    )


def _value(text: str) -> str:
    """Return a value as TOML has it: what is no number, truth value or list is a word."""
    try:
        found = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return _quoted(text)
    return text if set(found) == {"value"} else _quoted(text)


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(items: Iterable[str]) -> str:
    return "[" + ", ".join(items) + "]"
