"""Finds the recorded runs that a plan asks for, and sets damaged ones aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenes.errors import StorageError
from scenes.runs.identity import run_id
from scenes.runs.record import Failure, Record
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.store import Store


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

    def _load(self, wanted: str) -> Record | None:
        if wanted in self._known:
            return self._known[wanted]
        try:
            record = self.store.load(wanted)
        except DamagedRecordError as error:
            record = self._recover(wanted, error)
        if record is not None:
            self._known[wanted] = record
        return record

    def _recover(self, wanted: str, damage: DamagedRecordError) -> Record | None:
        """Look at a damaged record again, now as the only one to do so, and set it aside."""
        try:
            with self.store.lock(wanted, timeout=0):
                aside = self.store.set_aside_damage(wanted)
                if aside is None:
                    return self.store.load(wanted)
                self.warnings.append(f"damaged record set aside as {aside.name}: {damage}")
        except TimeoutError:  # another process is at it
            pass
        except StorageError as refused:
            self.warnings.append(f"damaged record, not used: {damage}; {refused.cause}")
        return None

    def _any_version(self) -> dict[str, str]:
        if self._by_parts is None:
            identities = self.store.identities()
            self._by_parts = {_without_versions(known): name for name, known in identities.items()}
        return self._by_parts


def _without_versions(identity: Mapping[str, Any]) -> str:
    return run_id({**identity, "versions": None})
