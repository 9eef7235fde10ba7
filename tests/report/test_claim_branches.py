"""A claim that lacks words for a verdict is found before there are any results."""

from pathlib import Path

import pytest

from scenes.report.lint.claim_branches import missing_branches
from scenes.testing.checks import Refuted
from scenes.testing.writing_checks import writing_tests

REPORTS = Path(__file__).parents[2] / "reports"
WHOLE = """
{% claim claims.better(study("batch"), "8", than="16") %}a
{% inconclusive %}b
{% contradicted %}c
{% endclaim %}
"""
FACT = "each claim has words for each verdict"


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (("", ""), []),
        (("{% inconclusive %}b\n", ""), ["own.html:2: the claim has no words for inconclusive"]),
        (("{% contradicted %}", "{# {% contradicted %} #}"), ["no words for contradicted"]),
        (("b\n", f"b {WHOLE}"), []),
    ],
    ids=["whole", "one less", "in a comment", "one in another"],
)
def test_each_verdict_needs_words(
    change: tuple[str, str], missing: list[str], tmp_path: Path
) -> None:
    """With file and line, and the tag to add; one in a comment is none."""
    (tmp_path / "own.html").write_text(WHOLE.replace(*change), encoding="utf-8")
    found = missing_branches("own.html", tmp_path)
    assert len(found) == len(missing)
    assert all(part in line for part, line in zip(missing, found, strict=True))


@pytest.mark.parametrize("name", ["practica4", "training_choices", "few_pictures"])
def test_the_shipped_reports_have_them(name: str) -> None:
    """In every template that they reach."""
    (test,) = [test for test in writing_tests(REPORTS / name) if test.fact == FACT]
    test.run()


def test_the_tests_of_a_report_say_which_lacks_them(tmp_path: Path) -> None:
    """As a fact that does not hold."""
    toml = (REPORTS / "training_choices" / "report.toml").read_text(encoding="utf-8")
    text = 'template = "own.html"\n' + toml.replace('template = "', '# "')
    (tmp_path / "report.toml").write_text(text, encoding="utf-8")
    own = WHOLE.replace("{% contradicted %}c\n", "")
    (tmp_path / "own.html").write_text(own, encoding="utf-8")
    (test,) = [test for test in writing_tests(tmp_path) if test.fact == FACT]
    with pytest.raises(Refuted, match=r"own\.html:2: the claim has no words for contradicted"):
        test.run()
