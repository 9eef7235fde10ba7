"""A draft says what there is, marks what is still to be trained, and decides nothing early."""

from dataclasses import replace
from pathlib import Path

import pytest
from written import make_folder, open_folder, record_of

from scenes.app.request import Opened
from scenes.app.writing import describe_document
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import templates_folder
from scenes.report.pending import draft_plan, is_pending, is_pending_study, mark_draft
from scenes.report.rendering import render_document
from scenes.runs.record import Failure

TEMPLATE = """{% extends "lab_report.html" %}
{% block discussion %}
{{ super() }}
{% claim claims.better(study, "0.1", than="0.01") %}
<p>The higher rate wins: {{ study.trial("0.1").facts.val_loss }}.</p>
{% equal %}<p>Both are equal.</p>
{% inconclusive %}<p>They are not told apart.</p>
{% contradicted %}<p>The lower rate wins.</p>
{% endclaim %}
<p>Low: {{ study.trial("0.01").facts.val_loss }},
{% claim claims.better(study, "0.01", than="0.1") %}wins
{% inconclusive %}is open{% contradicted %}loses{% endclaim %}.</p>
{% endblock %}
"""
CLAIM = "The results will decide what stands here."


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Return a report of two values and two seeds of which nothing is trained."""
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(TEMPLATE, encoding="utf-8")
    return open_folder(folder)


def write(opened: Opened) -> str:
    """Return the draft as it is now, without its pictures."""
    plan = opened.plan(opened.report)
    html, _ = render_document(describe_document(opened, draft_plan(plan)), is_drawn=False)
    missing = len(plan.missing)
    return (
        mark_draft(html, load_words("en", templates_folder() / "locale"), missing=missing)
        if missing
        else html
    )


def test_before_any_result_everything_is_marked(opened: Opened) -> None:
    """The author's own text is there; facts and claims in it are gaps of the fitting kind."""
    page = write(opened)
    assert "Draft: 4 runs are still to be trained." in page
    assert f'<p><span class="pending">{CLAIM}</span></p>' in page
    assert f'<span class="pending">{CLAIM}</span>.' in page
    assert page.count('class="failed pending">not trained yet<') == 2
    assert 'class="fact pending"' in page
    assert "They are not told apart" not in page
    assert "did not finish" not in page.lower()
    assert "The discussion follows when this study is trained." in page


def test_figures_come_with_the_last_seed_and_claims_with_the_last_value(opened: Opened) -> None:
    """One value is there, of the other one seed: its figures are printed, nothing is decided."""
    first, second, third, last = opened.plan(opened.report).runs
    for run in (first, second, third):
        opened.store.save(record_of(opened, run))
    page = write(opened)
    assert "Draft: 1 run is still to be trained." in page
    assert page.count('class="failed pending"') == 1
    assert page.count(CLAIM) == 2
    opened.store.save(record_of(opened, last))
    page = write(opened)
    assert "Draft:" not in page
    assert CLAIM not in page
    assert 'pending"' not in page


def test_a_run_that_failed_is_no_gap(opened: Opened) -> None:
    """What will not come is reported as failed, as in any document."""
    plan = opened.plan(opened.report)
    (study,) = plan.studies
    first, second = study.trials
    failed = tuple(replace(run, result=Failure(run.id, "out of memory")) for run in first.runs)
    plan = replace(plan, studies=(replace(study, trials=(replace(first, runs=failed), second)),))
    (drafted,) = draft_plan(plan).studies
    assert [is_pending(trial) for trial in drafted.trials] == [False, True]
    assert is_pending_study(drafted)
    assert not is_pending_study(replace(study, trials=(replace(first, runs=failed),)))
