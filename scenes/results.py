"""Finds the recorded runs that a plan asks for, and sets damaged ones aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenes.identity import run_id
from scenes.record import Failure, Record
from scenes.store import DamagedRecordError, Store


@dataclass
class Results:
    """What a store holds, read once: the answers of a plan's questions.

    Attributes:
        store: Where the runs are.
        warnings: One line for each damaged record that was set aside.
    """

    store: Store
    warnings: list[str] = field(default_factory=list)
    _known: dict[str, Record] = field(default_factory=dict)
    _by_parts: dict[str, str] | None = None

    def find(self, identity: Mapping[str, Any]) -> Record | Failure | None:
        """Return the run with this identity: finished, failed, or not recorded.

        Where the identity has no versions, because the libraries that train are not installed
        here, a run of any versions answers.
        """
        wanted = run_id(identity)
        if identity["versions"] is None:
            wanted = self._any_version().get(_without_versions(identity), wanted)
        return self._load(wanted) or self.store.failure(wanted)

    def forget(self, wanted: str) -> None:
        """Read a run again at the next question: it has been trained meanwhile."""
        self._known.pop(wanted, None)

    def _load(self, wanted: str) -> Record | None:
        if wanted in self._known:
            return self._known[wanted]
        try:
            record = self.store.load(wanted)
        except DamagedRecordError as error:
            aside = self.store.set_aside(wanted)
            self.warnings.append(f"damaged record set aside as {aside.name}: {error}")
            return None
        if record is not None:
            self._known[wanted] = record
        return record

    def _any_version(self) -> dict[str, str]:
        if self._by_parts is None:
            identities = self.store.identities()
            self._by_parts = {_without_versions(known): name for name, known in identities.items()}
        return self._by_parts


def _without_versions(identity: Mapping[str, Any]) -> str:
    return run_id({**identity, "versions": None})
