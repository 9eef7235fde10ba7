"""Before training, a warning says that pictures are not in memory, where that takes time."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scenes.app import cold_cache
from scenes.app.cold_cache import cold_notes


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Any, Any]:
    """Return a request and a plan of two runs on one array of a thousand bytes."""
    (tmp_path / "train.npy").write_bytes(bytes(1000))

    def prepared(opened: object, settings: object) -> Iterator[Path]:
        yield tmp_path / "train.npy"

    monkeypatch.setattr(cold_cache, "_prepared", prepared)
    monkeypatch.setattr(cold_cache, "WORTH_TELLING", 100)
    runs = [SimpleNamespace(settings=None), SimpleNamespace(settings=None)]
    return SimpleNamespace(), SimpleNamespace(missing=runs)


@pytest.mark.parametrize(
    ("share", "free", "told"),
    [
        (1.0, 1e9, None),
        (0.95, 1e9, None),
        (None, 1e9, None),
        (0.4, 1e9, "600 bytes of the prepared pictures are not in memory"),
        (1.0, 500.0, "more than the memory that is free"),
    ],
)
def test_cold_pictures_are_told(
    share: float | None,
    free: float,
    told: str | None,
    asked: tuple[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once for all runs; nothing is said of what is warm, or where nothing is known."""
    monkeypatch.setattr(cold_cache, "resident_share", lambda _: share)
    monkeypatch.setattr(cold_cache, "available_memory", lambda: free)
    notes = list(cold_notes(*asked))
    assert len(notes) == (told is not None)
    assert told is None or told in notes[0]
