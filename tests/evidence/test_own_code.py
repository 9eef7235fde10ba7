"""Code of a document's authors is named and not run; with `--trust` it is run and checked."""

import json
from pathlib import Path

import pytest
from conftest import Command
from rich.console import Console
from tamperings import read_files, sealed, with_files
from test_grading import read_table
from written import WrittenReport, make_folder, open_folder, train_by_hand, write

from scenes.evidence import layout
from scenes.evidence.checking import Checker
from scenes.evidence.findings import Finding, exit_code
from scenes.evidence.grading.submission import read_submission
from scenes.evidence.layout import open_zip
from scenes.evidence.own_code import UntrustedCodeError, name_components
from scenes.evidence.summary import summarise
from scenes.evidence.verify import Verifier
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import find_origin
from scenes.system.plain_zip import encode_zip

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

CODE = """
import scenes
from scenes import Verdict, claim, figure, metric

from .parts import mark

mark()


@metric(label="mean certainty")
def certainty(labels, probabilities):
    return float(probabilities.max(axis=1).mean())


@scenes.figure(caption="Each value", alt="A bar for each value.")
def bars(studies, *, language):
    from matplotlib.figure import Figure

    drawing = Figure()
    axes = drawing.subplots()
    for study in studies:
        for trial in study.finished:
            axes.bar(trial.label, trial.val_accuracy.value)
    axes.set_ylabel("accuracy")
    return drawing


@claim
def is_small(study, key, *, below=1_000_000):
    records = study.trial(key).records
    if not records:
        return Verdict("inconclusive", f"{key} is small", "no run has a result")
    count = records[0].summary["parameters"]
    status = "supported" if count < below else "contradicted"
    return Verdict(status, f"{key} is small", f"{count:,} parameters")
"""
PARTS = """
def mark():
    open({mark!r}, "w").close()
"""
TEMPLATE = """{% extends "base.html" %}
{% block main %}
<h1>{{ report.title }}</h1>
{% for study in studies %}
{% claim claims.is_small(study, "0.1", below=100_000) %}
<p>The network is small.</p>
{% inconclusive %}<p>Nobody knows.</p>
{% contradicted %}<p>The network is large.</p>
{% endclaim %}
<table><caption>Results</caption><thead><tr><th>Rate</th><th>Certainty</th></tr></thead>
{% for trial in study.trials %}
<tr><td>{{ trial.label }}</td><td><a href="#main">{{ trial.facts.certainty }}</a></td></tr>
{% endfor %}
</table>
{% for figure in study.figures %}
<figure><img src="asset:{{ figure.asset }}" alt="{{ figure.alt }}"></figure>
{% endfor %}
{% endfor %}
{% endblock %}
"""


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file by which the code shows that it was run."""
    return tmp_path_factory.mktemp("marks") / "mark"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, mark: Path) -> WrittenReport:
    """Return a report with a metric, a figure and a claim of its authors."""
    folder = make_folder(tmp_path_factory.mktemp("own code"))
    text = (folder / "report.toml").read_text(encoding="utf-8")
    text = text.replace('figures = ["confusion", "mistakes"]', 'metrics = ["certainty"]')
    text = text.replace('name = "rate"', 'name = "rate"\nfigures = ["bars"]')
    (folder / "report.toml").write_text(text, encoding="utf-8")
    (folder / "own.html").write_text(TEMPLATE, encoding="utf-8")
    (folder / "components.py").write_text(CODE, encoding="utf-8")
    (folder / "parts.py").write_text(PARTS.format(mark=str(mark)), encoding="utf-8")
    with components_of(find_origin(folder)):
        opened = open_folder(folder)
        train_by_hand(opened)
        plan = opened.plan(opened.report)
        written = write(opened, plan, Console(quiet=True))
    return WrittenReport(folder, written.pdf, plan.runs)


@pytest.fixture(autouse=True)
def unmarked(own: WrittenReport, mark: Path) -> None:
    """Forget that the code was run when the report was written."""
    mark.unlink(missing_ok=True)


def states(findings: list[Finding]) -> dict[str, str]:
    """Return the state of each kind of finding."""
    return {one.kind: one.state for one in findings}


def with_code(pdf: bytes, name: str, code: str) -> bytes:
    """Return a document with another file of own code, consistent in its manifest."""
    files = read_files(pdf)
    members = open_zip("description", files[layout.DESCRIPTION])
    members[layout.CODE + name] = code.encode()
    return with_files(pdf, sealed({**files, layout.DESCRIPTION: encode_zip(members)}))


def test_without_trust_each_component_is_named_and_none_is_run(
    own: WrittenReport, mark: Path, checker: Checker
) -> None:
    """It cannot be determined, says by name what was not checked, and where to read it."""
    found = checker.check(own.pdf.read_bytes())
    assert exit_code(found) == 2
    assert [one.text.partition(":")[0] for one in found if one.kind == "component"] == [
        "the metric certainty (components.py",
        "the figure bars (components.py",
        "the claim is_small (components.py",
        "the file parts.py",
    ]
    assert states(found)["component"] == "not_checked"
    assert "components/ in description.zip, and then add --trust" in found[-1].text
    assert not mark.exists()


def test_with_trust_the_document_is_made_again(
    own: WrittenReport, mark: Path, command: Command
) -> None:
    """By the command, in the limited child; what the code computes is taken as it is."""
    code, output, _ = command("verify", own.pdf, "--trust", "--json")
    told = json.loads(output)
    found = {one["kind"]: one["state"] for one in told["findings"]}
    assert (code, found["pages"], found["bytes"]) == (0, "holds", "holds")
    assert found["components"] == "not_checked"
    assert mark.exists()


def test_with_trust_other_code_does_not_hold(own: WrittenReport, checker: Checker) -> None:
    """Numbers and figures that the code which is carried does not give are named."""
    pdf = own.pdf.read_bytes()
    other = CODE.replace(".mean()", ".min()").replace("below=1_000_000", "below=2_000_000")
    found = checker.check(with_code(pdf, "components.py", other), trust=True)
    assert exit_code(found) == 1
    assert states(found)["number on a page"] == "fails"
    broken = checker.check(with_code(pdf, "components.py", "1 / 0"), trust=True)
    assert exit_code(broken) == 1
    assert "components.py:1" in broken[-1].text


HOSTILE = {
    "programs": "import os; os.system('true')",
    "network": "import socket; socket.socket()",
    "end": "import os; os._exit(0)",
    "for ever": "while True: pass",
    "memory": "x = bytes(2**40)",
    "says it holds": """
from scenes.evidence import checking
checking.Checker.check = lambda *_, **__: []
raise SystemExit
""",
}


@pytest.mark.slow
def test_hostile_code_ends_in_findings(own: WrittenReport, short: WrittenReport) -> None:
    """Trusted by mistake it starts nothing, reaches nobody, and answers for no other document."""
    target = own.pdf.with_name("hostile.pdf")
    with Verifier(trust=True, seconds=60) as verifier:
        for name, code in HOSTILE.items():
            target.write_bytes(with_code(own.pdf.read_bytes(), "components.py", code))
            found = verifier.verify(target)
            assert exit_code(found) in (1, 2), (name, found)
            assert all("\n" not in one.text and len(one.text) < 700 for one in found)
        assert exit_code(verifier.verify(short.pdf)) == 0
    target.unlink()


def test_components_are_named_by_their_text() -> None:
    """Whatever a file holds: what is no Python, declares nothing, or very much."""
    assert name_components({"a.py": b"def f(:"}) == ["the file a.py, which is no Python"]
    assert name_components({"a.py": b"\0"}) == ["the file a.py, which is no Python"]
    assert name_components({"a.py": b"(" * 100_000}) == ["the file a.py, which is no Python"]
    assert name_components({"a.py": b"x = 1"}) == ["the file a.py"]
    many = "\n".join(f"@model\ndef m{number}(): pass" for number in range(100)).encode()
    named = name_components({"a.py": many})
    assert (len(named), named[0], named[-1]) == (41, "the model m0 (a.py:2)", "60 more")


def test_what_is_compared_and_graded_runs_no_code_without_trust(
    own: WrittenReport, mark: Path
) -> None:
    """The message names what would be run; with trust the document is read as any other."""
    pdf = own.pdf.read_bytes()
    for read in (summarise, read_submission):
        with pytest.raises(UntrustedCodeError, match=r"not run: the metric certainty .*--trust"):
            read(pdf)
    assert not mark.exists()
    assert summarise(pdf, trust=True).seeds == (0, 1)
    (study,) = read_submission(pdf, trust=True).studies
    assert study.factor == "learning_rate"


@pytest.mark.slow
def test_the_commands_run_it_in_their_children(
    own: WrittenReport, mark: Path, tmp_path: Path, command: Command
) -> None:
    """`diff` refuses a document that it would have to run; `grade` leaves its points open."""
    code, _, errors = command("diff", own.pdf, own.pdf)
    assert (code, "needs --trust" in errors) == (2, True)
    assignment = tmp_path / "assignment.toml"
    assignment.write_text(
        'title = "T"\n[[study]]\nname = "rates"\nfactor = "learning_rate"\n'
        "values = [0.1, 0.01]\npoints = 4\n",
        encoding="utf-8",
    )
    assert command("grade", assignment, own.pdf)[0] == 2
    assert not mark.exists()
    for options, expected, points in (([], 2, "open"), (["--trust"], 0, "4")):
        assert command("grade", assignment, own.pdf, *options)[0] == expected
        (row,) = read_table(tmp_path / "graded" / "grades.csv").values()
        assert row["rates"] == points
    code, output, _ = command("diff", own.pdf, own.pdf, "--trust")
    assert (code, "flipped: 0" in output) == (0, True)
