"""Values and studies by the verdict on each: views and a claim in, groups out.

Prose that names several values together ("8 and 16 overfit, with 32 the data cannot tell") asks
here, in a template as `study.sorted_by("overfits")` or `by_rule(studies)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from scenes.claims import predicates as claims
from scenes.claims.predicates import Status, Verdict
from scenes.plan.plan import StudyPlan
from scenes.report.markup.claim_tag import noted


class Keyed(Protocol):
    """Anything that goes by the key of a value."""

    @property
    def key(self) -> str:
        """The key."""


class Planned(Protocol):
    """Anything that knows its study."""

    @property
    def plan(self) -> StudyPlan:
        """The study with its results."""


Item = TypeVar("Item")
KeyedItem = TypeVar("KeyedItem", bound=Keyed)
PlannedItem = TypeVar("PlannedItem", bound=Planned)


@dataclass(frozen=True)
class Sorted(Generic[Item]):
    """Items by the verdict on each, each group in the order in which they came.

    Attributes:
        supported: The claim holds.
        inconclusive: It can neither be held nor denied, those in `equal` included.
        contradicted: The opposite holds.
        equal: What the claim compares is practically equal.
    """

    supported: tuple[Item, ...]
    inconclusive: tuple[Item, ...]
    contradicted: tuple[Item, ...]
    equal: tuple[Item, ...] = ()

    @property
    def all(self) -> tuple[Item, ...]:
        """Every item that was judged."""
        return (*self.supported, *self.inconclusive, *self.contradicted)

    def without(self, items: Iterable[Item]) -> "Sorted[Item]":
        """Return the same groups without some items."""
        left_out = [*items]
        groups = (self.supported, self.inconclusive, self.contradicted, self.equal)
        return Sorted(*(tuple(it for it in group if it not in left_out) for group in groups))


Judged = dict[tuple[str, str, str], Verdict]
"""Verdicts by predicate, key of the value, and options."""


def sort_trials(
    study: StudyPlan, trials: Sequence[KeyedItem], predicate: str, known: Judged, **options: Any
) -> Sorted[KeyedItem]:
    """Sort the trials of a study by a claim on each.

    Args:
        study: The study.
        trials: Views of its trials.
        predicate: A name in `scenes.claims.predicates` that takes a study and a key.
        known: What was judged of the study before; prose asks for the same a dozen times.
        options: Of the predicate. With `than`, that value is left out.
    """
    options = {name: _key(value) for name, value in options.items()}
    judged = [trial for trial in trials if trial.key != options.get("than")]
    asked = repr(sorted(options.items()))

    def judge(key: str) -> Verdict:
        if (place := (predicate, key, asked)) not in known:
            known[place] = getattr(claims, predicate)(study, key, **options)
        return noted(study.study.name, known[place])

    return _grouped((trial, judge(trial.key)) for trial in judged)


def by_rule(studies: Iterable[PlannedItem]) -> Sorted[PlannedItem]:
    """Sort the studies that hand on a value by whether their rule ranks that value first."""
    return _grouped(
        (study, noted(study.plan.study.name, claims.chosen_by_rule(study.plan)))
        for study in studies
        if study.plan.chosen is not None
    )


def _grouped(judged: Iterable[tuple[Item, Verdict]]) -> Sorted[Item]:
    found = tuple(judged)

    def of(*statuses: Status) -> tuple[Item, ...]:
        return tuple(item for item, verdict in found if verdict.status in statuses)

    return Sorted(of("supported"), of("inconclusive", "equal"), of("contradicted"), of("equal"))


def _key(value: object) -> object:
    return getattr(value, "key", value)
