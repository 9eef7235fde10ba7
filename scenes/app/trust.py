"""Asks before own components are executed: a report's folder in, its components in force out.

They run as the user's own code, so a folder that came from somebody else is not to be trusted by
naming it in a command. What a user has accepted is kept in the user's configuration: hashes of
code, which another version of it does not have, and folders that the user writes in.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from scenes.errors import UserError
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import OwnFile, digest_of, find_origin, read_files
from scenes.spec.entries import Origin
from scenes.system.files import save_atomically
from scenes.system.formatting import said_count

Ask = Callable[[str, list[OwnFile]], str]
"""(what is asked, files) -> "yes" to this version, "always" to this folder, or "no"."""


@contextmanager
def report_components(
    folder: Path | str, *, trust: bool = False, ask: Ask | None = None
) -> Iterator[None]:
    """Put the components of a report in force within a block, if the user accepts them.

    Args:
        folder: Of the report, or its report.toml.
        trust: Accept this version without a question.
        ask: Asks the user; None where nobody can answer.

    Raises:
        UserError: They are not accepted, or cannot be used.
    """
    path = Path(folder)
    origin = find_origin(path if path.is_dir() else path.parent)
    if origin is not None:
        require_trust(origin, trust=trust, ask=ask)
    with components_of(origin):
        yield


def require_trust(origin: Origin, *, trust: bool = False, ask: Ask | None = None) -> None:
    """Check that the user accepts the code of components; what is accepted is remembered.

    Raises:
        UserError: It is not accepted.
    """
    files = read_files(origin)
    if is_accepted(origin.folder, files):
        return
    lines = sum(file.content.count(b"\n") for file in files)
    names = ", ".join(file.path.relative_to(origin.folder).as_posix() for file in files)
    told = f"{origin.folder} brings code of its own: {names} ({said_count(lines, 'line|lines')})"
    answer = "yes" if trust else ask(told, files) if ask else "no"
    if answer == "no":
        raise UserError(
            told,
            ["it runs with all your rights, and you have not accepted it on this machine",
             "nothing of the report was looked at"],
            "Read it; if you trust it, add --trust to the command.",
        )  # fmt: skip
    accept(code=digest_of(files), folder=origin.folder if answer == "always" else None)


def is_accepted(folder: Path, files: list[OwnFile]) -> bool:
    """Return whether the user has accepted this code, or all that this folder will ever hold."""
    known = _load()
    return str(folder.resolve()) in known["folders"] or digest_of(files) in known["code"]


def accept(*, code: str | None = None, folder: Path | None = None) -> None:
    """Remember that the user accepts a version of some code, or a folder."""
    known = _load()
    known["code"] += [code] if code and code not in known["code"] else []
    name = str(folder.resolve()) if folder else None
    known["folders"] += [name] if name and name not in known["folders"] else []
    save_atomically(accepted_file(), json.dumps(known, indent=1).encode())


def accepted_file() -> Path:
    """Return where it is kept what the user has accepted."""
    return platformdirs.user_config_path("scenes") / "accepted.json"


def _load() -> dict[str, list[str]]:
    try:
        found = json.loads(accepted_file().read_bytes())
        return {name: [str(item) for item in found[name]] for name in ("code", "folders")}
    except (OSError, ValueError, KeyError, TypeError):
        return {"code": [], "folders": []}  # nothing is accepted, and the question comes again
