"""Every claim of a template is listed with its verdict, and moves when the results do."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scenarios import FOLDER, SCENARIOS, FakeResults, make_dataset, make_plan

from scenes.cli.claim_listing import claim_lines, mutation_lines
from scenes.errors import RenderError
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.report import provenance
from scenes.report.document import Document
from scenes.report.lint.claim_check import judge_claims, mutate_claims
from scenes.report.rendering import render_document
from scenes.runs.record import Failure, Record
from scenes.spec.text import Language


@pytest.fixture(autouse=True)
def _without_what_no_result_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the commit, which takes time."""
    monkeypatch.setattr(provenance, "_commit", lambda _: "")


def written(scenario: str, language: Language = "es", **changed: object) -> Document:
    """Return the shipped report on made-up results."""
    plan = make_plan(scenario)
    report = plan.report.model_copy(update={"language": language, **changed})
    return Document(
        plan=replace(plan, report=report),
        dataset=make_dataset("folder"),
        folder=FOLDER,
        name="practica4",
        command="scenes check",
    )


def with_template(folder: Path, source: str) -> Document:
    """Return the first study of the report alone, with a template of its own."""
    (folder / "own.html").write_text(source, encoding="utf-8")
    whole = written("noise", template="own.html")
    changed = {"studies": whole.plan.report.studies[:1], "bibliography": None, "cite": ()}
    report = whole.plan.report.model_copy(update=changed)
    return replace(whole, plan=Plan(report, whole.plan.studies[:1]), folder=folder)


BATCH = '{% set study = study("batch_size") %}\n'
WHOLE = "yes{% inconclusive %}open{% contradicted %}no{% endclaim %}"


def test_every_claim_of_practica4_moves() -> None:
    """The shipped report, on the results of one seed: no claim is made whatever comes out."""
    mutations = mutate_claims(written("noise"))
    assert len(mutations.tested) > 60
    assert mutations.unmoved == ()
    assert mutations.unreached == ()
    assert mutations.broken == {}
    assert mutations.is_passed


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["supported", "contradicted by seeds", "all overfit"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_claim_moves_in_every_language(scenario: str, language: Language) -> None:
    """Whatever results the perturbations start from."""
    mutations = mutate_claims(written(scenario, language))
    assert mutations.is_passed, "\n".join(mutation_lines(mutations))


def test_claims_are_listed_with_place_verdict_and_numbers() -> None:
    """Each once, in the order of the text, with the study that it is about."""
    judged = judge_claims(written("supported"))
    assert len(set(map(repr, judged))) == len(judged)
    lines = list(claim_lines(judged))
    assert lines[0].startswith(f"{len(judged)} claims: ")
    place = next(line for line in lines if "batch_size: ordered(accuracy, falls)" in line)
    assert "texts/batch_size.es.html:" in place
    assert place.startswith("supported")
    assert lines[lines.index(place) + 1].strip().startswith("accuracy: 8 ")


class Unfinished(FakeResults):
    """Holds no result of what was not trained yet."""

    def find(self, identity: Mapping[str, Any]) -> Record | Failure:
        """Return the run with this identity, or nothing."""
        settings = identity["settings"]
        waits = settings["batch_size"] == 64 or settings["augmentation"] == "zoom"
        return super().find(identity) if not waits else None  # type: ignore[return-value]


def test_claims_are_judged_while_runs_are_missing() -> None:
    """What is not recorded leaves its study open; the other studies are judged."""
    whole = written("supported")
    results: Any = Unfinished(SCENARIOS["supported"])
    plan = plan_report(whole.plan.report, lambda _: "fingerprint", results, versions=None)
    judged = judge_claims(replace(whole, plan=plan))
    ordered = [claim.verdict for claim in judged if "ordered" in claim.verdict.claim]
    assert "image_size" in {item.study for item in ordered if item.status != "inconclusive"}
    assert "activation" not in {item.study for item in ordered}


@pytest.mark.parametrize(
    "claim",
    [
        "better(study, 8, than=64)",
        "worse(study, study.trial(8), than='64')",
        "no_difference(study, 8, study.trial(64))",
        "best(study, 8)",
        "ordered(study, 'val_loss', direction='rises', keys=[8, study.trial(16), '32'])",
        "overfits(study, 8)",
        "leaves_chance(study, 8)",
        "converged(study, 8, metric='val_loss')",
        "diverged(study, 8)",
        "fewer_parameters(study, 8, than=64)",
        "more_parameters(study, 8, than=64, count='trainable')",
        "within(study, 8, low=0, high=1)",
        "within(study, 8, of=64, by=0.1)",
        "at_least(study, 8, 1, metric='gap')",
        "chosen_by_rule(study)",
    ],
)
def test_a_template_names_values_by_view_key_or_number(tmp_path: Path, claim: str) -> None:
    """Every predicate is judged as templates call it, with numbers where numbers are meant."""
    (judged,) = judge_claims(with_template(tmp_path, f"{BATCH}{{% claim claims.{claim} %}}{WHOLE}"))
    assert judged.verdict.study == "batch_size"
    assert "has no result" not in judged.verdict.reason
    assert "(8" not in judged.verdict.claim  # but ('8'


def test_an_unknown_claim_is_told_with_the_choices(tmp_path: Path) -> None:
    """A misspelt predicate stops the rendering with file, line and what there is."""
    found = with_template(tmp_path, f"{BATCH}{{% claim claims.beter(study, 8) %}}{WHOLE}")
    with pytest.raises(RenderError, match=r"own\.html:\d: there is no claim 'beter'; .*no_differ"):
        judge_claims(found)


def test_a_claim_that_nothing_moves_is_named(tmp_path: Path) -> None:
    """Parameters of one network against itself do not depend on any result."""
    source = BATCH + (
        f"{{% claim claims.more_parameters(study, '8', than='8') %}}{WHOLE}"
        f"{{% claim claims.better(study, '8', than='64') %}}{WHOLE}"
    )
    mutations = mutate_claims(with_template(tmp_path, source))
    assert [item.claim.line for item in mutations.unmoved] == [2]
    assert not mutations.is_passed
    text = "\n".join(mutation_lines(mutations))
    assert "1 of 2 claims moves" in text
    assert "NOT MOVED, always contradicted: more_parameters('8', than='8', parameters)" in text
    assert "own.html:2" in text


def test_a_claim_that_no_results_reach_is_named(tmp_path: Path) -> None:
    """A claim behind a condition that never holds is not shown to move."""
    source = BATCH + f"{{% if false %}}\n{{% claim claims.best(study, '8') %}}{WHOLE}{{% endif %}}"
    mutations = mutate_claims(with_template(tmp_path, source))
    assert mutations.unreached == (("own.html", 3),)
    assert "NOT REACHED by any results: own.html:3" in list(mutation_lines(mutations))


def test_a_text_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Where results lead to what does not exist, the perturbation and the place are reported."""
    source = BATCH + (
        "{% claim claims.better(study, '8', than='64') %}yes{% inconclusive %}open"
        "{% contradicted %}{{ study.trial('9').val_loss }}{% endclaim %}"
    )
    mutations = mutate_claims(with_template(tmp_path, source))
    assert mutations.broken
    assert all("has no value '9'" in reason for reason in mutations.broken.values())
    assert not mutations.is_passed


def test_a_missing_branch_is_listed_by_the_check_and_stops_the_build(tmp_path: Path) -> None:
    """The build names file, line, claim, numbers and branch; the check goes on to list the rest."""
    source = BATCH + "{% claim claims.best(study, '8') %}yes{% contradicted %}no{% endclaim %}"
    found = with_template(tmp_path, source)
    (judged,) = judge_claims(found)
    assert not judged.has_branch
    assert "NO BRANCH: add {% inconclusive %}" in "\n".join(claim_lines([judged]))
    with pytest.raises(RenderError) as caught:
        render_document(found, is_drawn=False)
    message = str(caught.value)
    for part in ("own.html:2", "best('8', val_loss)", "8 − 16:", "(±0.", "{% inconclusive %}"):
        assert part in message
