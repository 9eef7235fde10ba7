"""The names of the claims that ship; `scenes.claims.predicates` has their functions."""

CLAIMS = (
    "better", "worse", "equal", "no_difference", "best", "ordered", "overfits", "has_gap",
    "leaves_chance", "converged", "diverged", "fewer_parameters", "more_parameters", "within",
    "at_least", "chosen_by_rule", "trains_with", "lower_on_test", "higher_on_test",
    "better_on_test",
)  # fmt: skip
"""No claim of one's own may have one of them."""
