"""Keeps every look at a study's seeds beside the runs, so that a later one cannot forget it.

Each look is a file that is named by the SHA-256 of its content: the same look is the same file, and
one that was changed afterwards is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenes.errors import UserError
from scenes.system.files import save_atomically

FORMAT = 1


@dataclass(frozen=True)
class SealedLook:
    """A look with what was asked and what was seen.

    Attributes:
        study: Name of the study.
        metric: By which it is decided.
        epoch: At which the metric was taken.
        reference: The value that the question is against; None for the choice.
        planned: After how many seeds it was to be looked at.
        seeds: Of each value, at this look.
        alpha: The level that it spent.
        leader: The best value; empty where nothing could be compared.
        open: The values that were not told apart.
        runs: Ids of the runs that were seen, by value.
    """

    study: str
    metric: str
    epoch: str
    reference: str | None
    planned: tuple[int, ...]
    seeds: int
    alpha: float
    leader: str
    open: tuple[str, ...]
    runs: Mapping[str, tuple[str, ...]]

    def shares_runs(self, other: "SealedLook") -> bool:
        """Return whether both saw runs of the same two values."""
        return sum(bool({*ids} & {*other.runs.get(key, ())}) for key, ids in self.runs.items()) > 1


def save_look(root: Path, look: SealedLook) -> None:
    """Keep a look in a store.

    Raises:
        StorageError: It cannot be written.
    """
    data = _encode(look)
    path = root / "looks" / f"{hashlib.sha256(data).hexdigest()}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_atomically(path, data)


def load_looks(root: Path) -> tuple[SealedLook, ...]:
    """Return every look that a store keeps.

    Raises:
        UserError: One is not what its name says.
    """
    paths = sorted((root / "looks").glob("*.json"))
    return tuple(_decode(path) for path in paths)


def _encode(look: SealedLook) -> bytes:
    content = {"format": FORMAT, **asdict(look)}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8")


def _decode(path: Path) -> SealedLook:
    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.stem:
            raise ValueError("its content was changed after it was sealed")
        content: dict[str, Any] = json.loads(data)
        if content.pop("format") != FORMAT:
            raise ValueError("its format is of another version of scenes")
        content["runs"] = {key: tuple(ids) for key, ids in content["runs"].items()}
        content |= {name: tuple(content[name]) for name in ("planned", "open")}
        return SealedLook(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"a look at the seeds of a study, {path}, cannot be used",
            [str(error)],
            "Restore the file from a copy: without it, the error of further looks is not known.",
        ) from error
