"""A submission against an assignment: what is met, where it stands, and the points that follow.

Nothing is met by a document that does not hold: what it says is shown, and its points stay open.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from scenes.evidence.grading.assignment import AskedFact, AskedStudy, Assignment
from scenes.evidence.grading.own_seeds import seeds_from
from scenes.evidence.grading.submission import GradedStudy, GradedValue, Submission
from scenes.system.formatting import said_count

Mark = Literal["met", "partly", "not met", "open"]
"""`open`: only a person can judge it, or the document does not hold."""
DIGITS = 2
"""Of points."""
UNPROVEN = "what the document says cannot be relied on"


@dataclass(frozen=True)
class Requirement:
    """Something that an assignment asks for.

    Attributes:
        name: A column's name.
        title: For people.
        mark: Whether it is met.
        points: That follow; None where that is open.
        most: Points that it is worth.
        evidence: What was found, and why it is not met.
        pages: On which it stands.
    """

    name: str
    title: str
    mark: Mark
    points: float | None
    most: float
    evidence: str
    pages: tuple[int, ...] = ()


def check_contract(
    assignment: Assignment, submission: Submission, *, holds: bool
) -> tuple[Requirement, ...]:
    """Return each thing that an assignment asks for, with what a submission has of it.

    Args:
        assignment: What is asked for.
        submission: What the document holds.
        holds: Whether the document was verified; if not, no point follows.
    """
    items = list(_items(assignment, submission))
    return tuple(items if holds else map(_unproven, items))


def unread_items(assignment: Assignment, reason: str) -> tuple[Requirement, ...]:
    """Return the items of a submission in which nothing can be read; all of them are open."""
    nothing = Submission("", (), "", "", False, "", 0, (), (), ())
    return tuple(
        replace(item, mark="open", points=None, evidence=reason, pages=())
        for item in _items(assignment, nothing)
    )


def _unproven(item: Requirement) -> Requirement:
    if item.mark == "open":
        return item
    evidence = f"{item.mark}, by what the document says: {item.evidence}; {UNPROVEN}"
    return replace(item, mark="open", points=None, evidence=evidence)


def _items(assignment: Assignment, submission: Submission) -> Iterator[Requirement]:
    is_right_data = True
    if assignment.data is not None:
        is_right_data = submission.data == assignment.data.fingerprint
        pictures = said_count(submission.pictures, "picture|pictures")
        found = f"{pictures} with the fingerprint {submission.data}"
        yield _binary("data", "Pictures", is_right_data, assignment.data.points, found)
    if assignment.nonce:
        yield _seeds_item(assignment, submission)
    for study in assignment.studies:
        yield _study_item(assignment, study, submission, is_right_data=is_right_data)
    for index, fact in enumerate(assignment.facts, 1):
        yield _fact_item(index, fact, assignment, submission)
    for index, asked in enumerate(assignment.judgements, 1):
        found_study = _found(assignment, asked.study, submission) if asked.study else None
        pages = _pages_of(found_study.title, submission) if found_study else ()
        text = "for a person to judge"
        yield Requirement(f"judge {index}", asked.title, "open", None, asked.points, text, pages)


def _binary(
    name: str, title: str, is_met: bool, most: float, evidence: str, pages: Sequence[int] = ()
) -> Requirement:
    mark: Mark = "met" if is_met else "not met"
    return Requirement(name, title, mark, most if is_met else 0, most, evidence, tuple(pages))


def _seeds_item(assignment: Assignment, submission: Submission) -> Requirement:
    """Return whether every seed is one of those that follow from the authors' names."""
    used = list(dict.fromkeys(run.seed for run in submission.runs))
    own = set(seeds_from(assignment.nonce, submission.authors))
    foreign = [seed for seed in used if seed not in own]
    names = ", ".join(submission.authors)
    text = f"{said_count(len(used), 'seed|seeds follows|follow')} from {names}"
    if foreign:
        shown = ", ".join(map(str, foreign[:5]))
        seeds = said_count(len(used), "seed|seeds")
        text = f"{len(foreign)} of {seeds} do not follow from {names}: {shown}"
    is_met = bool(used) and not foreign
    return _binary("seeds", "Seeds that follow from the name", is_met, assignment.seed_points, text)


def _found(assignment: Assignment, name: str, submission: Submission) -> GradedStudy | None:
    """Return the study of a submission that answers one of the assignment: the nearest one."""
    asked = next(study for study in assignment.studies if study.name == name)
    able = [study for study in submission.studies if study.factor == asked.factor]
    return max(
        able,
        key=lambda it: (len(_values(asked, it)), it.name == asked.name),
        default=None,
    )


def _values(asked: AskedStudy, study: GradedStudy) -> dict[str, GradedValue]:
    """Return the values that are asked for, by how the assignment calls them."""
    found = {_plain(value.setting): value for value in study.values if value.setting}
    found |= {_plain(value.key): value for value in study.values}
    return {key: found[_plain(key)] for key in asked.values if _plain(key) in found}


def _plain(key: str) -> str:
    """Return the one spelling of a number, such as 1 and 1.0; any other key as it is."""
    return f"{float(key):.17g}" if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", key) else key


def _study_item(
    assignment: Assignment, asked: AskedStudy, submission: Submission, *, is_right_data: bool
) -> Requirement:
    title = f"Study of {asked.factor}: {', '.join(asked.values)}"
    study = _found(assignment, asked.name, submission)
    if study is None:
        return _binary(asked.name, title, False, asked.points, f"no study varies {asked.factor}")
    least = assignment.seeds_of(asked)
    values = _values(asked, study)
    problems = {key: _shortfall(values.get(key), asked, least) for key in asked.values}
    good = [key for key, problem in problems.items() if not problem]
    told = [f"{key}: {problem}" for key, problem in problems.items() if problem]
    pages = _pages_of(study.title, submission)
    if not is_right_data:
        return _binary(asked.name, title, False, asked.points, "on other pictures", pages)
    runs = said_count(least, "run|runs")
    evidence = f"{len(good)} of {len(asked.values)} values with {runs} or more"
    evidence = "; ".join([evidence, *told])
    share = len(good) / len(asked.values)
    mark: Mark = "met" if share == 1 else "partly" if share else "not met"
    points = round(asked.points * share, DIGITS)
    return Requirement(asked.name, title, mark, points, asked.points, evidence, pages)


def _shortfall(value: GradedValue | None, asked: AskedStudy, least: int) -> str:
    """Return what a value lacks; "" for nothing."""
    if value is None:
        return "missing"
    wrong = {
        name: run.settings.get(name)
        for run in value.runs
        for name, wanted in asked.set.items()
        if not _is_equal(run.settings.get(name), wanted)
    }
    if wrong:
        return ", ".join(f"{name} is {it}, not {asked.set[name]}" for name, it in wrong.items())
    if len(value.runs) < least:
        failed = f", {value.failed} failed" if value.failed else ""
        return f"{said_count(len(value.runs), 'run|runs')}{failed}"
    return ""


def _is_equal(found: Any, wanted: Any) -> bool:
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return list(found) == list(wanted)
    return bool(found == wanted)


def _fact_item(
    index: int, fact: AskedFact, assignment: Assignment, submission: Submission
) -> Requirement:
    name, title = f"fact {index}", f"{fact.title}: {fact.equals:,.10g}"
    asked = next(study for study in assignment.studies if study.name == fact.study)
    study = _found(assignment, fact.study, submission)
    value = _values(asked, study).get(fact.value) if study else None
    if value is None or fact.measure not in value.measures:
        return _binary(name, title, False, fact.points, "it has no such value with a run")
    number = value.measures[fact.measure]
    is_right = abs(number - fact.equals) <= fact.within
    pages = _pages_with(number, submission)
    text = f"its records give {number:,.10g}"
    if fact.measure in value.printed:
        text += f", printed as {value.printed[fact.measure]}"
    elif not pages:
        text += ", which stands on no page"
    is_printed = bool(pages) or fact.measure in value.printed
    return _binary(name, title, is_right and is_printed, fact.points, text, pages)


MOST_PAGES = 6


def _pages_of(title: str, submission: Submission) -> tuple[int, ...]:
    """Return the pages on which a title stands."""
    wanted = " ".join(title.split()).casefold()
    pages = [it.page for it in submission.sentences if wanted and wanted in it.text.casefold()]
    return tuple(dict.fromkeys(pages))[:MOST_PAGES]


def _pages_with(number: float, submission: Submission) -> tuple[int, ...]:
    """Return the pages on which a whole number stands, however its digits are grouped."""
    if not math.isfinite(number) or number != int(number):
        return ()
    digits = str(int(number))
    groups = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", "[.,'\u2019\u202f\u00a0\u2009 ]?", digits)
    pattern = re.compile(rf"(?<![\d.,]){groups}(?![\d]|[.,]\d)")
    pages = [it.page for it in submission.sentences if pattern.search(it.text)]
    return tuple(dict.fromkeys(pages))[:MOST_PAGES]
