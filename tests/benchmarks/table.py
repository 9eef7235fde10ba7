"""What was measured, as a table for people and as data: rows and a machine in, text out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from benchmarks.machine import is_idle


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        name: Of the measurement that it belongs to.
        what: Was measured.
        value: The figure; None where it could not be measured, and `note` says why.
        unit: Of the figure; × for a ratio.
        goal: What it should reach or stay within; None for a figure that is only told.
        direction: Whether it should be at least or at most the goal.
        opponent: Seconds of the notebook way.
        ours: Seconds of the program, from the start of its process to its end.
        again: Seconds of the same command when everything is recorded.
        share: Of the machine's ceiling, from 0 to 1.
        note: What has to be known to read the figure.
        details: Every single measurement behind it.
    """

    name: str
    what: str
    value: float | None
    unit: str = "×"
    goal: float | None = None
    direction: Literal["at least", "at most"] = "at least"
    opponent: float | None = None
    ours: float | None = None
    again: float | None = None
    share: float | None = None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Say whether the goal is met."""
        if self.value is None:
            return "not measured"
        if self.goal is None:
            return ""
        met = self.value >= self.goal if self.direction == "at least" else self.value <= self.goal
        return "met" if met else "missed"


@dataclass(frozen=True)
class Session:
    """What all rows have in common.

    Attributes:
        machine: As `benchmarks.machine` describes it at the start.
        pictures: What was trained on.
        scale: Share of the pictures that was taken, above 0 to 1.
        repeats: How often each pair was measured; the median counts.
        ceiling: Operations a second by type and kind.
        end: Load at the end.
    """

    machine: Mapping[str, Any]
    pictures: str
    scale: float
    repeats: int
    ceiling: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    end: Mapping[str, float] = field(default_factory=dict)


def recorded_row(rows: Iterable[Row]) -> Row | None:
    """Return how much faster the same commands are when everything is recorded."""
    pairs = [(row.opponent, row.again) for row in rows if row.opponent and row.again]
    if not pairs:
        return None
    opponent, again = map(sum, zip(*pairs, strict=True))
    what = "second run of the studies above, all recorded"
    return Row("recorded", what, opponent / again, goal=100, opponent=opponent, ours=again)


def render_json(session: Session, rows: Sequence[Row]) -> str:
    """Return everything as JSON."""
    told = [{**asdict(row), "verdict": row.verdict} for row in rows]
    return json.dumps({**asdict(session), "rows": told}, indent=2, ensure_ascii=False) + "\n"


def render_markdown(session: Session, rows: Sequence[Row]) -> str:
    """Return machine, ceiling and rows as a page of Markdown."""
    pairs = [row for row in rows if row.opponent is not None]
    single = [row for row in rows if row.opponent is None]
    parts = ["# Benchmark", _machine(session), _warnings(session), _ceiling(session)]
    parts += [_pairs_table(pairs)] if pairs else []
    parts += [_single_table(single)] if single else []
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(session: Session) -> str:
    machine = session.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    instructions = ", ".join(machine["instructions"]) or "unknown"
    environment = ", ".join(f"{name}={value}" for name, value in machine["environment"].items())
    lines = [
        f"{machine['processor']} ({instructions}), {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB",
        f"{machine['system']}, Python {machine['python']}, {versions}",
        f"{machine['date']}, load at the start {machine['load']:.2f}, "
        f"cores {machine['busy_percent']:.0f} % busy"
        + (f"; load at the end {session.end['load']:.2f}" if session.end else ""),
        f"pictures: {session.pictures}; each measured {session.repeats}×",
    ]
    lines += [f"environment: {environment}"] if environment else []
    if "avx2" in machine["instructions"] and "avx512f" not in machine["instructions"]:
        lines.append(
            "TensorFlow leaves oneDNN off on this processor, and so does the notebook way; with "
            "TF_ENABLE_ONEDNN_OPTS=1 in the environment both sides have it"
        )
    return "\n".join(f"* {line}" for line in lines)


def _warnings(session: Session) -> str:
    lines = []
    if not is_idle(session.machine):
        lines.append("The machine was not idle at the start: the ratios are not to be trusted.")
    if session.scale < 1:
        lines.append(f"Only {session.scale:.0%} of the pictures: fixed costs weigh too much.")
    return "\n".join(f"**{line}**" for line in lines)


def _ceiling(session: Session) -> str:
    lines = [
        f"* {dtype}: product {rates['product'] / 1e9:.0f}, "
        f"convolution {rates['convolution'] / 1e9:.0f} GFLOP/s, all cores"
        for dtype, rates in session.ceiling.items()
    ]
    return "\n".join(["Ceiling of the machine:", "", *lines]) if lines else ""


def _pairs_table(rows: Sequence[Row]) -> str:
    head = ["against the notebook way", "ratio", "goal", "", "notebook", "ours", "share", "note"]
    return _table(
        head,
        [
            [
                row.what,
                _figure(row),
                _goal(row),
                row.verdict,
                f"{row.opponent:.1f} s",
                f"{row.ours:.1f} s",
                f"{row.share:.0%}" if row.share is not None else "",
                row.note,
            ]
            for row in rows
        ],
    )


def _single_table(rows: Sequence[Row]) -> str:
    return _table(
        ["by itself", "measured", "goal", "", "note"],
        [[row.what, _figure(row), _goal(row), row.verdict, row.note] for row in rows],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(row: Row) -> str:
    if row.value is None:
        return "–"
    digits = 0 if row.value >= 100 else 1 if row.value >= 10 else 2
    return f"{row.value:.{digits}f}{'' if row.unit == '×' else ' '}{row.unit}".rstrip()


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    return f"{'≥' if row.direction == 'at least' else '≤'} {row.goal:g}"
