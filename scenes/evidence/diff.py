"""What changed from one document to another: two summaries in, changes out.

A number is compared only where its runs differ in nothing but their seeds. What cannot be compared
is said to be so, with the reason, and never shown as better or worse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from scenes.errors import UserError
from scenes.evidence.sentences import Rewording, compare_sentences
from scenes.evidence.summary import Judgement, MeasuredValue, Summary
from scenes.runs.identity_diff import find_changes
from scenes.stats.inference import spread
from scenes.stats.shared_runs import adjust, seeds_p_value
from scenes.stats.simultaneous import ALPHA
from scenes.system.files import what_is_at
from scenes.system.formatting import printable
from scenes.system.limited_child import ChildEndedError, ChildRaisedError, LimitedChild, Limits

State = Literal["same", "within noise", "beyond noise", "not comparable", "flipped"]
STATES: tuple[State, ...] = ("flipped", "beyond noise", "within noise", "not comparable", "same")
"""In the order in which they are shown."""
TIME_LIMIT, MEMORY_LIMIT = 120, 2 * 2**30
ENTRY = "scenes.evidence.summary:prepare"
LONGEST = 600
"""Characters of what is wrong with a document."""
SHOWN = 4
"""Differences between runs that a reason names."""


@dataclass(frozen=True)
class Change:
    """How something stands in two documents.

    Attributes:
        what: A number, a claim or a choice.
        state: How it moved.
        before, after: As both have it; "" where one does not.
        reason: Why it cannot be compared, or what its state rests on.
    """

    what: str
    state: State
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True)
class DocumentDifference:
    """How two documents differ.

    Attributes:
        changes: Of numbers, claims and choices.
        sentences: Those that differ; none where the documents are of two languages.
        shared_runs: Ids of the runs on which both rest.
        notes: What else to know before reading.
    """

    changes: tuple[Change, ...]
    sentences: tuple[Rewording, ...] = ()
    shared_runs: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def of(self, state: State) -> list[Change]:
        """Return the changes of one state."""
        return [one for one in self.changes if one.state == state]


def read_summary(path: Path, *, trust: bool = False) -> Summary:
    """Return what a PDF, or the last document of a report's folder, found.

    Args:
        path: Of either.
        trust: Run the code of its authors that it brings.

    Raises:
        UserError: There is none, or it carries no evidence that can be read.
    """
    file = document_of(path)
    with LimitedChild(ENTRY, limits=Limits(TIME_LIMIT, MEMORY_LIMIT)) as child:
        try:
            found = child.ask({"path": str(file.resolve()), "trust": trust})
            return TypeAdapter(Summary).validate_python(found)
        except (ChildRaisedError, ChildEndedError, ValidationError) as error:
            said = error.message if isinstance(error, ChildRaisedError) else str(error)
            reason = " ".join(said.split())[:LONGEST]
            raise UserError(f"{printable(file)}: it cannot be compared", [reason]) from None


def document_of(path: Path) -> Path:
    """Return a PDF, or the last one that was written in a report's folder.

    Raises:
        UserError: There is none.
    """
    if what_is_at(path) == "folder":
        found = sorted(path.glob("out/*.pdf"), key=lambda it: it.stat().st_mtime_ns)
        if not found:
            raise UserError(f"{printable(path)}: no document was written here", ["out/ has no PDF"])
        return found[-1]
    if what_is_at(path) != "file":
        rule = "a PDF or a report's folder is expected"
        raise UserError(f"{printable(path)}: there is no file here", [rule])
    return path


def compare(before: Summary, after: Summary) -> DocumentDifference:
    """Return how numbers, claims, choices and sentences of two documents differ."""
    numbers = list(_numbers(before, after))
    apart = _apart(before, after)
    one_language = before.language == after.language
    is_written = bool(before.sentences and after.sentences)
    sentences = compare_sentences(before.sentences, after.sentences) if is_written else ()
    return DocumentDifference(
        changes=(
            *numbers,
            *_verdicts(before.claims, after.claims, apart),
            *_choices(before.choices, after.choices, apart),
        ),
        sentences=tuple(sentences) if one_language else (),
        shared_runs=tuple(sorted(before.runs & after.runs)),
        notes=() if one_language else (
            f"their languages differ ({before.language}, {after.language}): sentences are not "
            "compared",
        ),
    )  # fmt: skip


Place = tuple[str, str]
"""Study and value."""


def _places(summary: Summary) -> dict[Place, MeasuredValue]:
    return {(it.study, it.key): it for it in summary.measured}


def _numbers(before: Summary, after: Summary) -> Iterator[Change]:
    """Yield how each number moved; the error of all of them together is held."""
    first, second = _places(before), _places(after)
    moves = [
        _move(place, measure, first.get(place), second.get(place))
        for place in dict.fromkeys([*first, *second])
        for measure in (first.get(place) or second[place]).measures
    ]
    tested = [p for _, p in moves if p is not None]
    adjusted = iter(adjust(tested))
    for change, p in moves:
        if p is None:
            yield change
            continue
        whole = next(adjusted)
        state: State = "beyond noise" if whole < ALPHA else "within noise"
        of_all = f", {whole:.3g} among {len(tested)} numbers" if len(tested) > 1 else ""
        yield replace(change, state=state, reason=f"{change.reason}, p = {p:.3g}{of_all}")


def _move(
    place: Place, measure: str, first: MeasuredValue | None, second: MeasuredValue | None
) -> tuple[Change, float | None]:
    """Return how a number moved, and the p-value where it may be noise."""
    runs, others = (it.measures.get(measure, {}) if it else {} for it in (first, second))
    what = ".".join((*place, measure))
    known = Change(what, "not comparable", _text(runs), _text(others))
    if first is None or second is None:
        where = "second" if first is None else "first"
        return replace(known, reason=f"only the {where} has it"), None
    if reason := why_apart(first, second):
        return replace(known, reason=reason), None
    if runs == others:
        return replace(known, state="same", reason="the same runs"), None
    if fmean(runs.values()) == fmean(others.values()):
        return replace(known, state="same", reason="other seeds, the same value"), None
    p = seeds_p_value(runs, others)
    if p is None:
        return replace(known, reason="too few seeds: how far they spread is not known"), None
    return replace(known, state="within noise", reason=_seeds_text(runs, others)), p


def _seeds_text(runs: dict[str, float], others: dict[str, float]) -> str:
    if runs.keys() == others.keys():
        return "the same runs, trained again"
    shared = len(runs.keys() & others.keys())
    return f"other seeds, {shared} of {len(runs)} and {len(others)} shared"


def why_apart(first: MeasuredValue, second: MeasuredValue) -> str:
    """Return why runs of a value cannot be compared; "" where only their seeds differ."""
    if not first.identities or not second.identities:
        return "it has no finished run"
    if len(first.identities) > 1 or len(second.identities) > 1:
        return "the runs of one document differ among themselves in more than seeds"
    changes = find_changes(first.identities[0], second.identities[0])
    told = list(dict.fromkeys(map(str, changes)))
    if not told and first.identities[0] != second.identities[0]:
        told = ["one of them has no versions"]
    more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more


def _text(runs: dict[str, float]) -> str:
    if not runs:
        return ""
    values = list(runs.values())
    deviation = spread(values)
    reach = f" ± {deviation:.4f}" if deviation is not None else ""
    return f"{fmean(values):.4f}{reach} (n = {len(values)})"


def _apart(before: Summary, after: Summary) -> dict[str, str]:
    """Return why the results of a study cannot be compared, for those whose cannot."""
    first, second = _places(before), _places(after)
    reasons: dict[str, str] = {}
    for place in first.keys() & second.keys():
        if reason := why_apart(first[place], second[place]):
            reasons.setdefault(place[0], reason)
    return reasons


def _verdicts(
    before: dict[str, Judgement], after: dict[str, Judgement], apart: dict[str, str]
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        study = (one or after[name]).study
        texts = [f"{it.status}: {it.reason}" if it else "" for it in (one, other)]
        is_same = one is not None and other is not None and one.status == other.status
        yield _flip(f"claim {name}", texts[0], texts[1], apart.get(study, ""), is_same=is_same)


def _choices(
    before: dict[str, str], after: dict[str, str], apart: dict[str, str]
) -> Iterator[Change]:
    for study in dict.fromkeys([*before, *after]):
        one, other = before.get(study, ""), after.get(study, "")
        reason = apart.get(study, "")
        yield _flip(f"choice of {study}", one, other, reason, is_same=one == other)


def _flip(what: str, before: str, after: str, reason: str, *, is_same: bool) -> Change:
    if not before or not after:
        return Change(what, "not comparable", before, after, "only one of them has it")
    if is_same:
        return Change(what, "same", before, after)
    return Change(what, "flipped", before, after, reason and f"not of the same: {reason}")
