"""The claim that a study hands on what its rule ranks first."""

from scenes.analysis.claims.verdict import Status, Verdict, no_results
from scenes.plan import StudyPlan


def chosen_by_rule(study: StudyPlan) -> Verdict:
    """Judge whether the study's rule ranks first the value that later studies use."""
    claim = "chosen_by_rule()"
    chosen = study.chosen
    if chosen is None or chosen.by_rule is None:
        return no_results(claim)
    status: Status = "supported" if chosen.key == chosen.by_rule else "contradicted"
    return Verdict(status, claim, f"used {chosen.key}, the rule ranks {chosen.by_rule} first")
