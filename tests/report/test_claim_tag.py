"""The claim tag prints what the results bear out, and stops the build where nothing fits."""

from pathlib import Path
from typing import Literal

import pytest

from scenes.claims.predicates import Verdict
from scenes.errors import RenderError
from scenes.report.markup.templates import render_html

Status = Literal["supported", "contradicted", "inconclusive"]

WHOLE = "{% claim verdict %}yes{% inconclusive %}open{% contradicted %}no{% endclaim %}"


def render(folder: Path, source: str, **context: object) -> str:
    """Render a template that a report's own folder holds."""
    (folder / "own.html").write_text(source, encoding="utf-8")
    return render_html("own.html", context, folder=folder)


def verdict(status: Status) -> Verdict:
    """Make a verdict of this status."""
    return Verdict(status, "better('relu')", "relu − tanh: -0.1 (p 0.3)")


@pytest.mark.parametrize(
    ("status", "text"), [("supported", "yes"), ("inconclusive", "open"), ("contradicted", "no")]
)
def test_prints_the_branch_of_the_verdict(tmp_path: Path, status: Status, text: str) -> None:
    """Each verdict prints its own branch and no other."""
    assert render(tmp_path, WHOLE, verdict=verdict(status)) == text


def test_branches_may_come_in_any_order(tmp_path: Path) -> None:
    """The first branch is the supported one; the others are found by name."""
    source = "{% claim v %}yes{% contradicted %}no{% inconclusive %}open{% endclaim %}"
    assert render(tmp_path, source, v=verdict("inconclusive")) == "open"


def test_a_verdict_without_its_branch_stops_the_build(tmp_path: Path) -> None:
    """The error names file, line, claim, numbers and the branch that is missing."""
    source = "\n{% claim v %}yes{% inconclusive %}open{% endclaim %}"
    with pytest.raises(RenderError, match=r"own\.html:2: .*relu.*contradicted") as caught:
        render(tmp_path, source, v=verdict("contradicted"))
    assert "p 0.3" in str(caught.value)
    assert "{% contradicted %}" in str(caught.value)


def test_claims_nest_and_repeat(tmp_path: Path) -> None:
    """A claim inside a claim, and two in a row, do not mix their verdicts."""
    source = (
        "{% claim a %}A{% claim b %}B{% contradicted %}b{% endclaim %}{% endclaim %}"
        "{% claim b %}B{% contradicted %}b{% endclaim %}"
    )
    context = {"a": verdict("supported"), "b": verdict("contradicted")}
    assert render(tmp_path, source, **context) == "Abb"


def test_a_branch_sees_the_loop_around_it(tmp_path: Path) -> None:
    """Names of the surrounding template, loop variables among them, are known in a branch."""
    source = "{% for n in [1, 2] %}{% claim v %}{{ n }}{% endclaim %}{% endfor %}"
    assert render(tmp_path, source, v=verdict("supported")) == "12"


def test_a_branch_that_comes_twice_is_refused(tmp_path: Path) -> None:
    """Two branches of one name are a mistake of the template, told with its line."""
    source = "{% claim v %}{% contradicted %}{% contradicted %}{% endclaim %}"
    with pytest.raises(RenderError, match=r"own\.html:1: two branches 'contradicted'"):
        render(tmp_path, source, v=verdict("supported"))
