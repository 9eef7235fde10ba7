"""The code of its authors that an exported network needs: written beside it, and read back.

Only a network with layers that are not Keras' own needs it. Its card then says how the network is
built, and the source lies in a folder beside it. It runs once its user has accepted it, like the
code of any report.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenes.app.trust import Ask, require_trust
from scenes.errors import UserError
from scenes.plan.plan import Run
from scenes.spec import registry
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import OwnFile, digest_of, file_problems, read_files
from scenes.spec.entries import Origin
from scenes.spec.settings import Settings
from scenes.spec.validation import find_mistakes, mistake_lines
from scenes.system.files import make_folder, save_atomically
from scenes.system.formatting import printable

FOLDER = "components"
HEADING = "The network cannot be used."


@dataclass(frozen=True)
class ExportedCode:
    """What builds a network.

    Attributes:
        settings: By which it is built.
        components: Where its code lies; None where it is installed.
    """

    settings: Settings
    components: Origin | None


def code_card(run: Run) -> dict[str, Any]:
    """Return how the network of a run is built: settings, and files or the distribution of it."""
    known, entry = registry.current(), run.settings.entry
    values = run.settings.model_dump(mode="json")
    names = ("model", "image_size", "precision", *entry.parameters)
    card: dict[str, Any] = {"settings": {name: values[name] for name in names}}
    if not _lies_beside(entry.builder):
        return {**card, "installed": known.place(entry.builder).partition(": ")[0]}
    assert known.origin is not None
    digest = digest_of(read_files(known.origin))
    return {**card, "files": list(known.origin.files), "sha256": digest}


def write_code(run: Run, folder: Path) -> None:
    """Write the files that a network is built by, if they are a report's own, into a folder."""
    origin = registry.current().origin
    if origin is None or not _lies_beside(run.settings.entry.builder):
        return
    for file in read_files(origin):
        target = folder / FOLDER / file.path.relative_to(origin.folder)
        make_folder(target.parent)
        save_atomically(target, file.content)


def _lies_beside(builder: str) -> bool:
    """Return whether a builder is in the files of the report, not in a distribution."""
    known = registry.current()
    place = known.places.get(builder.partition(".")[0])
    return known.origin is not None and place == known.origin.folder


def card_problems(card: object) -> Iterator[str]:
    """Yield what is wrong with how a card says that a network is built."""
    if not isinstance(card, Mapping) or not isinstance(card.get("settings"), Mapping):
        yield "built_by: the settings of the network are required"
        return
    files = card.get("files")
    if isinstance(card.get("installed"), str):
        return
    if not (isinstance(files, list) and files and all(isinstance(it, str) for it in files)):
        yield "built_by: the files that build the network are required"


@contextmanager
def exported_code(
    card: Mapping[str, Any], folder: Path, *, trust: bool, ask: Ask | None
) -> Iterator[ExportedCode]:
    """Put the code that builds a network in force within a block, if the user accepts it.

    Args:
        card: What `code_card` returned.
        folder: Of the export.
        trust: Accept the code without a question.
        ask: Asks the user; None where nobody can answer.

    Raises:
        UserError: It is missing, is other code than was exported, is not accepted, or builds no
            network by these settings.
    """
    origin = None if "installed" in card else _origin(card, folder)
    if origin is not None:
        require_trust(origin, trust=trust, ask=ask)
    with components_of(origin):
        yield ExportedCode(_settings(card), origin)


def _origin(card: Mapping[str, Any], folder: Path) -> Origin:
    place = folder / FOLDER
    problems = [problem for name in card["files"] for problem in file_problems(place, name)]
    if problems:
        raise UserError(
            HEADING,
            [f"{printable(place)}: {problem}" for problem in problems],
            "Name the folder that scenes export has written, with all of its files.",
        )
    origin = Origin(place.resolve(), tuple(card["files"]))
    files: list[OwnFile] = read_files(origin)
    if digest_of(files) != card.get("sha256"):
        raise UserError(
            HEADING,
            [f"{printable(place)} holds other code than the network was exported with"],
            "Export it again from its report, or bring the files back.",
        )
    return origin


def _settings(card: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(dict(card["settings"]))
    except ValidationError as error:
        hint = f"It was built by {card['installed']}; install it." if "installed" in card else ""
        lines = mistake_lines(find_mistakes(error, Settings))
        raise UserError(HEADING, [f"its card: {line}" for line in lines], hint) from None
