"""Sentences that results support, contradict or leave open: predicates over a study's trials.

A predicate takes a study and the keys of its values, and answers with a `Verdict`. Values are
compared over seeds, all values of the study at once (`scenes.claims.comparison`); one seed decides
nothing between them. "Inconclusive" means that the data cannot tell, not that there is no
difference; "equal" means that the values are shown to differ by less than the report's margin.
"""

from collections.abc import Callable, Mapping

from scenes.claims.amounts import at_least, fewer_parameters, more_parameters, within
from scenes.claims.choice import chosen_by_rule
from scenes.claims.conditions import trains_with
from scenes.claims.curves import (
    GAP,
    converged,
    diverged,
    has_gap,
    leaves_chance,
    overfits,
)
from scenes.claims.differences import best, better, equal, no_difference, ordered, worse
from scenes.claims.own_claims import own_claim
from scenes.claims.tested import better_on_test, higher_on_test, lower_on_test
from scenes.claims.verdict import Status, Verdict
from scenes.spec import registry

PREDICATES: Mapping[str, Callable[..., Verdict]] = {
    predicate.__name__: predicate
    for predicate in (
        better,
        worse,
        equal,
        no_difference,
        best,
        ordered,
        overfits,
        has_gap,
        leaves_chance,
        converged,
        diverged,
        fewer_parameters,
        more_parameters,
        within,
        at_least,
        chosen_by_rule,
        trains_with,
        lower_on_test,
        higher_on_test,
        better_on_test,
    )
}
"""What a template may claim, by name."""


def find_predicate(name: str) -> Callable[..., Verdict]:
    """Return a claim by name: a built-in one, or one that the report brings.

    Raises:
        ValueError: There is none; Jinja would take an AttributeError for an undefined name.
    """
    own = registry.current().claims
    if name in own:
        return own_claim(name)
    if name not in PREDICATES:
        choices = ", ".join([*PREDICATES, *own])
        raise ValueError(f"there is no claim {name!r}; choices: {choices}")
    return PREDICATES[name]


__all__ = [
    "GAP",
    "PREDICATES",
    "Status",
    "Verdict",
    "at_least",
    "best",
    "better",
    "better_on_test",
    "chosen_by_rule",
    "converged",
    "diverged",
    "equal",
    "fewer_parameters",
    "find_predicate",
    "has_gap",
    "higher_on_test",
    "leaves_chance",
    "lower_on_test",
    "more_parameters",
    "no_difference",
    "ordered",
    "overfits",
    "trains_with",
    "within",
    "worse",
]
