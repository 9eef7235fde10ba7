"""The claim that a study hands on what its rule ranks first."""

from scenes.claims.verdict import Status, Verdict, no_results
from scenes.plan.plan import StudyPlan


def chosen_by_rule(study: StudyPlan) -> Verdict:
    """Judge whether the study's rule takes the value that later studies use.

    No test: the rule is applied to means over seeds, and whether these tell the values apart is
    for `best` to say. Unit: the seed. Source: the ranking of `scenes.plan.ranking`.
    """
    claim = "chosen_by_rule()"
    chosen = study.chosen
    if chosen is None or chosen.by_rule is None:
        return no_results(claim)
    status: Status = "supported" if chosen.key == chosen.by_rule else "contradicted"
    reason = f"used {chosen.key}, the rule takes {chosen.by_rule}"
    if chosen.ranking is not None:
        scores = ", ".join(f"{it.key} {it.score:.4g}" for it in chosen.ranking.candidates)
        reason += f"; {chosen.choice.by}: {scores}"
    return Verdict(status, claim, reason)
