"""Tells why a run is not the one that is recorded: which part of its identity has changed.

Two identities go in, the changes between them come out; or one identity and all that are recorded,
and the nearest of them comes out. See `scenes.runs.identity` for what an identity holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["settings", "seed", "data", "code", "weights", "versions"]
Identity = Mapping[str, Any]
SHOWN_NAMES = 3
"""How many definitions a change of the code names."""
HASH_DIGITS = 8


@dataclass(frozen=True)
class Change:
    """A part of an identity that differs.

    Attributes:
        part: Which one.
        names: Of the setting, the library or the definitions that differ.
        old: What was recorded; None where it had none.
        new: What is asked for; None where it has none.
    """

    part: Part
    names: tuple[str, ...] = ()
    old: Any = None
    new: Any = None

    def __str__(self) -> str:
        """Say it in a few words: `learning_rate 0.01 → 0.02`."""
        match self.part:
            case "code":
                return f"code: {_listed(self.names)}" if self.names else "other code"
            case "data":
                return "other pictures"
            case _:
                name = self.names[0] if self.names else self.part
                return f"{name} {said_value(self.old)} → {said_value(self.new)}"


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def said_value(value: Any) -> str:
    """Write a setting in a word."""
    if value is None:
        return "unset"
    if isinstance(value, list | tuple):
        return "-".join(map(str, value))
    text = str(value)
    is_hash = len(text) == 64 and not set(text) - set("0123456789abcdef")
    return text[:HASH_DIGITS] if is_hash else text


def find_changes(old: Identity, new: Identity) -> list[Change]:
    """Return what differs between a recorded identity and one that is asked for.

    Versions do not count where either has none: TensorFlow is not installed there.
    """
    changes = _changes_of("settings", old, new)
    changes += [
        Change(part, (), old.get(part), new.get(part))
        for part in ("data", "weights", "seed")
        if old.get(part) != new.get(part)
    ]
    if old.get("code") != new.get("code"):
        changes.append(Change("code", _changed_definitions(old.get("code"), new.get("code"))))
    if old.get("versions") and new.get("versions"):
        changes += _changes_of("versions", old, new)
    return changes


def _changes_of(part: Part, old: Identity, new: Identity) -> list[Change]:
    before, after = old.get(part) or {}, new.get(part) or {}
    return [
        Change(part, (name,), before.get(name), after.get(name))
        for name in dict.fromkeys([*after, *before])
        if before.get(name) != after.get(name)
    ]


def _changed_definitions(old: Any, new: Any) -> tuple[str, ...]:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return ()  # recorded when the code was hashed as a whole
    names = dict.fromkeys([*new, *old])
    return tuple(sorted(name for name in names if old.get(name) != new.get(name)))


def find_nearest(
    identity: Identity, known: Mapping[str, Identity]
) -> tuple[str, list[Change]] | None:
    """Return the id of the identity with the fewest changes, and them; None where none is known."""
    changes = {name: find_changes(other, identity) for name, other in known.items()}
    if not changes:
        return None
    nearest = min(sorted(changes), key=lambda name: len(changes[name]))
    return nearest, changes[nearest]
