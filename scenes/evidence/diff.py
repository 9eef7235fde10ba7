"""What changed from one document to another: two summaries in, changes out.

A number is compared only where its runs differ in nothing but their seeds. What cannot be compared
is said to be so, with the reason, and never shown as better or worse.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter
from scipy import stats

from scenes.errors import UserError
from scenes.evidence.summary import Measured, Summary
from scenes.system.limited_child import ChildEndedError, ChildRaisedError, LimitedChild, Limits

State = Literal["same", "within noise", "beyond noise", "not comparable", "flipped"]
LEVEL = 0.05
"""Of the test for each number; many numbers are compared, so that some move by chance."""
TIME_LIMIT, MEMORY_LIMIT = 120, 2 * 2**30
ENTRY = "scenes.evidence.summary:prepare"


@dataclass(frozen=True)
class Change:
    """How something stands in two documents.

    Attributes:
        what: A number, a claim or a choice.
        state: How it moved.
        before, after: As both have it; "" where one does not.
        reason: Why it cannot be compared, or by what it is told.
    """

    what: str
    state: State
    before: str
    after: str
    reason: str = ""


def read_summary(path: Path) -> Summary:
    """Return what a PDF, or the last document of a report's folder, found.

    Raises:
        UserError: There is none, or it carries no evidence that can be read.
    """
    file = _document_of(path)
    with LimitedChild(ENTRY, limits=Limits(TIME_LIMIT, MEMORY_LIMIT)) as child:
        try:
            found = child.ask({"path": str(file.resolve())})
        except (ChildRaisedError, ChildEndedError) as error:
            said = error.message if isinstance(error, ChildRaisedError) else str(error)
            raise UserError(f"{file}: it cannot be compared", [" ".join(said.split())]) from None
    return TypeAdapter(Summary).validate_python(found)


def _document_of(path: Path) -> Path:
    if path.is_dir():
        found = sorted(path.glob("out/*.pdf"), key=lambda it: it.stat().st_mtime_ns)
        if not found:
            raise UserError(f"{path}: no document was written here", ["out/ has no PDF"])
        return found[-1]
    if not path.is_file():
        raise UserError(
            f"{path}: there is no file here", ["a PDF or a report's folder is expected"]
        )
    return path


def compare(before: Summary, after: Summary) -> list[Change]:
    """Return how each number, claim and choice of two documents stands."""
    return [*_numbers(before, after), *_words(before.claims, after.claims, "claim"),
            *_words(before.choices, after.choices, "choice of")]  # fmt: skip


def shared_runs(before: Summary, after: Summary) -> set[str]:
    """Return the ids of the runs on which both rest."""
    first, second = ({run for it in one.measured for run in it.runs} for one in (before, after))
    return first & second


def _numbers(before: Summary, after: Summary) -> Iterator[Change]:
    first = {(it.study, it.key, it.measure): it for it in before.measured}
    second = {(it.study, it.key, it.measure): it for it in after.measured}
    for place in dict.fromkeys([*first, *second]):
        what = ".".join(place)
        if place not in first or place not in second:
            where = "second" if place not in first else "first"
            one = first.get(place) or second[place]
            texts = (_text(one), "") if place in first else ("", _text(one))
            yield Change(what, "not comparable", *texts, f"only the {where} has it")
        else:
            state, reason = move_of(first[place], second[place])
            yield Change(what, state, _text(first[place]), _text(second[place]), reason)


def _text(one: Measured) -> str:
    if one.value is None:
        return ""
    spread = f" ± {one.spread:.4f}" if one.spread is not None else ""
    return f"{one.value:.4f}{spread} (n = {len(one.runs)})"


def move_of(first: Measured, second: Measured) -> tuple[State, str]:
    """Return how a number moved, and by what that is told."""
    if first.value is None or second.value is None:
        return "not comparable", "it has no finished run"
    differing = [it for it in first.identity if first.identity[it] != second.identity.get(it)]
    if differing:
        return "not comparable", f"other {', '.join(differing)}"
    if set(first.runs) == set(second.runs):
        return "same", "the same runs"
    if first.value == second.value:
        return "same", "other seeds, the same value"
    p = _p_value(first, second)
    if p is None:
        return "not comparable", "one seed each: how far seeds spread is not known"
    return ("beyond noise" if p < LEVEL else "within noise"), f"other seeds, p = {p:.3g}"


def _p_value(first: Measured, second: Measured) -> float | None:
    """Return how likely seeds alone move a mean so far; None where no spread is known.

    Welch's test; where one document has one seed, how far one more run of the other would lie.
    """
    before, after = float(first.value or 0), float(second.value or 0)
    n, m = len(first.runs), len(second.runs)
    if first.spread is not None and second.spread is not None:
        if first.spread == second.spread == 0:
            return 0.0
        found = stats.ttest_ind_from_stats(
            before, first.spread, n, after, second.spread, m, equal_var=False
        )
        return float(found.pvalue)
    spread, seeds = (first.spread, n) if first.spread is not None else (second.spread, m)
    if spread is None:
        return None
    if spread == 0:
        return 0.0
    distance = abs(before - after) / (spread * math.sqrt(1 + 1 / seeds))
    return float(2 * stats.t.sf(distance, seeds - 1))


def _words(before: dict[str, str], after: dict[str, str], kind: str) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name, ""), after.get(name, "")
        if one == other:
            state: State = "same"
        else:
            state = "flipped" if one and other else "not comparable"
        reason = "" if one and other else "only one of them has it"
        yield Change(f"{kind} {name}", state, one, other, reason)
