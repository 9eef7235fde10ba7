"""What a page shows, as named values of JSON, and which of them are new since it last asked.

Threads that follow training and document publish; each open page takes what is new to it. A
value that is published again unchanged is no news.
"""

import json
import secrets
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass(frozen=True)
class Update:
    """What is new since a version.

    Attributes:
        version: Of the feed now.
        values: The JSON text of each new value by name; `null` for one that is gone.
    """

    version: int
    values: dict[str, str]

    def encoded(self) -> str:
        """Return the values as one JSON object."""
        pairs = (f"{json.dumps(name)}:{text}" for name, text in self.values.items())
        return "{" + ",".join(pairs) + "}"


@dataclass
class Feed:
    """Named values and the version at which each was last changed."""

    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    """Names this feed: the versions of an earlier process mean nothing here."""
    _version: int = 0
    _values: dict[str, tuple[int, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def publish(self, name: str, value: Any) -> None:
        """Set a value; None says that there is none any more. NaN and infinity become null."""
        text = json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False)
        with self._lock:
            if self._values.get(name, (0, "null"))[1] != text:
                self._version += 1
                self._values[name] = self._version, text

    def since(self, version: int) -> Update:
        """Return what was changed after a version; 0 stands for the beginning."""
        with self._lock:
            new = {name: text for name, (when, text) in self._values.items() if when > version}
            return Update(self._version, new)

    @property
    def version(self) -> int:
        """How often something was changed."""
        return self._version

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin so and whose value is there."""
        with self._lock:
            return [
                name
                for name, (_, text) in self._values.items()
                if name.startswith(prefix) and text != "null"
            ]


def _finite(value: Any) -> Any:
    """Return a value as JSON knows it, which has no NaN."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
