"""Sentences that results support, contradict or leave open: predicates over a study's trials.

A predicate takes a study and the keys of its values, and answers with a `Verdict`. Values are
compared by pairs: by seed where there are several, else by validation picture (see
`scenes.stats.paired`). The p-values of a metric are Holm's over every pair of values of the
study, whichever of them a text goes on to name: it may choose after it has seen the results.
"Inconclusive" means that the data cannot tell, not that there is no difference.
"""

from collections.abc import Callable, Mapping

from scenes.claims.amounts import at_least, fewer_parameters, more_parameters, within
from scenes.claims.choice import chosen_by_rule
from scenes.claims.curves import (
    OVERFIT_GAP,
    OVERFIT_TURN,
    converged,
    diverged,
    leaves_chance,
    overfits,
)
from scenes.claims.differences import best, better, no_difference, ordered, worse
from scenes.claims.verdict import Status, Verdict

PREDICATES: Mapping[str, Callable[..., Verdict]] = {
    predicate.__name__: predicate
    for predicate in (
        better,
        worse,
        no_difference,
        best,
        ordered,
        overfits,
        leaves_chance,
        converged,
        diverged,
        fewer_parameters,
        more_parameters,
        within,
        at_least,
        chosen_by_rule,
    )
}
"""What a template may claim, by name."""

__all__ = [
    "OVERFIT_GAP",
    "OVERFIT_TURN",
    "PREDICATES",
    "Status",
    "Verdict",
    "at_least",
    "best",
    "better",
    "chosen_by_rule",
    "converged",
    "diverged",
    "fewer_parameters",
    "leaves_chance",
    "more_parameters",
    "no_difference",
    "ordered",
    "overfits",
    "within",
    "worse",
]
