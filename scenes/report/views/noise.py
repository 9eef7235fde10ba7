"""Says how much of the spread between seeds the split brings: a plan in, sentences out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scenes.claims.facts import Fact, Kind
from scenes.plan.plan import Plan
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.runs.record import Record
from scenes.stats.seed_noise import deviation, split_noise


def noise_sentences(plan: Plan, words: Words) -> Iterator[str]:
    """Say of which parts the variance between seeds is made, where seeds say so.

    A value of several studies counts once; one whose runs saw different pictures does not count.
    """
    values: dict[tuple[str, ...], NDArray[np.bool_]] = {}
    for study in plan.studies:
        for trial in study.trials:
            if _is_crossed(trial.records):
                ids = tuple(record.id for record in trial.records)
                values.setdefault(ids, _right(trial.records))
    noise = split_noise(list(values.values()))
    if noise is None:
        return
    runs = tuple(dict.fromkeys(one for ids in values for one in ids))
    low, high = noise.share_interval
    numbers: dict[str, tuple[float, Kind]] = {
        "deviation": (deviation(noise.total), "points"),
        "share": (noise.share, "percent"),
        "low": (low, "percent"),
        "high": (high, "percent"),
        "real": (deviation(noise.real), "points"),
    }
    facts = {
        name: PrintedFact(
            Fact(f"noise.{name}", value, kind, runs=runs), words, _source(name, words)
        )
        for name, (value, kind) in numbers.items()
    }
    points = {name: facts[name].cell for name in ("deviation", "real")}
    yield words.html("limit.noise", **{**facts, **points})


def _source(name: str, words: Words) -> Source:
    """Return what a number of the split is called in the list of printed facts."""
    return Source(words("section.limits"), "", words(f"measure.noise.{name}"))


def _is_crossed(records: tuple[Record, ...]) -> bool:
    """Return whether several networks saw the same pictures."""
    return len(records) > 1 and len({record.predictions.pictures for record in records}) == 1


def _right(records: tuple[Record, ...]) -> NDArray[np.bool_]:
    """Return whether each network is right about each picture: (seeds, pictures)."""
    return np.array([it.predictions.predicted == it.predictions.truth for it in records])
