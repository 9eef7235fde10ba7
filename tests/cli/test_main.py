"""Commands end with a code and a message that say what happened, and never with a traceback."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SMALL_REPORT, Command
from factories import build_record
from PIL import Image
from rich.console import Console

from scenes import __version__
from scenes.app import workflow
from scenes.app.request import Request, open_request
from scenes.app.writing import Written
from scenes.cli.doctor import Check
from scenes.errors import DataError, RenderError
from scenes.runs.store import Store
from scenes.system.interrupts import StopError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a small report."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "report.toml").write_text(SMALL_REPORT, encoding="utf-8")
    return tmp_path / "small"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Return the requests that reach the program, in place of reports that are made."""
    requests: list[Request] = []

    def make(request: Request, _console: object) -> Written:
        requests.append(request)
        return Written(Path("r.pdf"), Path("r.html"), (), Path("workers.log"))

    monkeypatch.setattr(workflow, "make_report", make)
    return requests


@pytest.mark.parametrize("words", [["--help"], ["report", "--help"], ["--version"]], ids=str)
def test_help_needs_nothing_heavy(words: list[str]) -> None:
    """Help comes before anything that takes long to import."""
    code = (
        "import json, sys\n"
        f"sys.argv = ['scenes', *{words}]\n"
        "from scenes.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n"
        "    names = sorted({name.split('.')[0] for name in sys.modules})\n"
        "    print('\\n' + json.dumps([ended.code, names]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *told, last = done.stdout.splitlines()
    status, modules = json.loads(last)
    heavy = {"tensorflow", "keras", "numpy", "scipy", "matplotlib", "pydantic", "rich", "PIL"}
    assert status == 0
    assert set(modules) & heavy == set()
    assert any("Usage" in line or __version__ in line for line in told)


def test_options_reach_the_program(command: Command, asked: list[Request], tmp_path: Path) -> None:
    """Each option has its place in the request; the paths of documents are the output."""
    weights = tmp_path / "w.h5"
    weights.touch()
    words = ["report", "somewhere", "--profile", "full", "--data", "d", "--seeds", "2,0"]
    words += ["--language", "es", "--weights", f"VGG16={weights}", "--weights", "random"]
    words += ["--store", "s", "--workers", "3", "--skip-bad", "--retry-failed"]
    words += ["--drop-duplicates", "--max-pixels", "500"]
    verify = "Anyone can check it: scenes verify r.pdf\n"
    assert command(*words) == (0, "HTML  r.html\nPDF   r.pdf\n", verify)
    assert asked == [
        Request(
            folder=Path("somewhere"),
            profile="full",
            data="d",
            seeds=(2, 0),
            language="es",
            weights={"VGG16": str(weights), "": "random"},
            store=Path("s"),
            workers=3,
            skip_bad=True,
            drop_duplicates=True,
            max_pixels=500,
            retry_failed=True,
        )
    ]


def test_without_options_the_report_decides(command: Command, asked: list[Request]) -> None:
    """Nothing is asked for that was not typed."""
    assert command("report", "x")[0] == 0
    assert asked == [Request(folder=Path("x"))]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds", "a,b"], "'a,b' is not a list of whole numbers, such as 0,1,2"),
        (["--seeds", ""], "is not a list of whole numbers"),
        (["--seeds", "1,1"], "seeds must be different, from 0 to 4294967295"),
        (["--seeds", "-1"], "seeds must be different"),
        (["--seeds", str(2**32)], "seeds must be different"),
        (["--workers", "0"], "0 is not in the range 1<=x<=1024"),
        (["--language", "fr"], "language 'fr' is not known\n  - the choices are ca, en, en-GB, es"),
        (["--colour", "red"], "No such option"),
        (["--profile", "slow"], "there is no profile 'slow'\n  - the report's profiles: full"),
        (["--weights", "VGG61=random"], "there is no backbone 'VGG61' (did you mean 'VGG16'?)"),
        (["--data", "no-such-folder"], "no-such-folder: there are no pictures here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_end_with_two(
    words: list[str], message: str, command: Command, folder: Path
) -> None:
    """What the user must mend is reported on the error output, before anything trains."""
    code, output, errors = command("report", folder, *words)
    assert (code, output) == (2, "")
    assert message in errors


def test_an_unknown_language_is_not_told_text_by_text(command: Command) -> None:
    """The mistake is in the code, not in every text that does not stand in it."""
    code, _, errors = command(
        "plan", Path(__file__).parents[2] / "reports/practica4", "--language", "sp"
    )
    assert code == 2
    assert "language 'sp' is not known\n  - the choices are ca, en, en-GB, es" in errors


def test_a_folder_without_a_report(command: Command, tmp_path: Path) -> None:
    """The message says what a report is and shows a command that works."""
    code, _, errors = command("report", tmp_path / "none")
    assert code == 2
    assert f"{tmp_path / 'none'}: there is no report here" in errors
    assert "scenes report reports/practica4" in errors


def test_an_unknown_command(command: Command) -> None:
    """A word that is no command is a mistake of the user."""
    code, _, errors = command("reprot")
    assert code == 2
    assert "reprot" in errors


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every report end with an error."""

    def make(*_: Any) -> Written:
        raise error

    monkeypatch.setattr(workflow, "make_report", make)


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (DataError("bad", ["a.png: cut"], "Mend it."), 2, "Error: bad\n  - a.png: cut\nMend it."),
        (RenderError("the claim has no branch"), 1, "Error: the claim has no branch"),
        (OSError(28, "No space left on device"), 1, "Error: [Errno 28] No space left on device"),
        (KeyboardInterrupt(), 130, "Stopped. What is finished is kept.\n"),
        (StopError(2), 130, "What is finished is kept; the same command goes on from here."),
    ],
    ids=["user", "failure", "full disk", "Ctrl-C", "Ctrl-C in training"],
)
def test_errors_have_codes(
    error: BaseException,
    expected: int,
    message: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2 is the user's to mend, 1 a failure, 130 an interruption."""
    fail(monkeypatch, error)
    code, output, errors = command("report", "x")
    assert (code, output) == (expected, "")
    assert message in errors


def test_failed_runs_are_listed(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documents are written, the code says that something failed, the next step is reported."""
    written = Written(Path("r.pdf"), Path("r.html"), ["0123: diverged"], Path("workers.log"))
    monkeypatch.setattr(workflow, "make_report", lambda *_: written)
    code, output, errors = command("report", "x")
    assert (code, output) == (1, "HTML  r.html\nPDF   r.pdf\n")
    assert "failed run 0123: diverged" in errors
    assert "--retry-failed" in errors


def test_runs_are_listed_and_explained(command: Command, folder: Path, tmp_path: Path) -> None:
    """What is recorded, whole in a pipe; with --why, what each run of the report waits for."""
    code, output, errors = command("runs", folder)
    assert (code, errors) == (0, "")
    assert f"{tmp_path / 'store'}: nothing recorded" in output
    store, identity = Store(tmp_path / "store"), {"settings": {"model": "mlp"}, "seed": 7}
    store.begin("0123456789abcdef", {**identity, "data": "d"})
    store.save_failure("0123456789abcdef", "diverged")
    code, output, _ = command("runs", folder)
    assert code == 0
    assert "0123456789abcdef" in output
    assert "failed: diverged" in output
    code, output, _ = command("runs", folder, "--why", "--data", pictures(tmp_path / "set"))
    assert code == 0
    assert output.count("not trained yet") == 2
    assert "0123456789abcdef" not in output


def pictures(root: Path) -> Path:
    """Write a few pictures of two classes."""
    for number, (split, kind) in enumerate((s, k) for s in ("train", "val") for k in "ab"):
        (root / split / kind).mkdir(parents=True)
        tone = np.full((64, 64, 3), 9 * number, np.uint8)
        Image.fromarray(tone).save(root / split / kind / "1.png")
    return root


CLAIMS = """
{% set study = study("batch") %}
{% claim claims.better(study, 8, than=16) %}yes
{% inconclusive %}open{% contradicted %}no{% endclaim %}
"""


def recorded(folder: Path, data: Path, template: str) -> list[Any]:
    """Give the report a template and records; return the words that ask for it."""
    text = SMALL_REPORT.replace('title = "T"\n', 'title = "T"\ntemplate = "own.html"\n', 1)
    (folder / "report.toml").write_text(text, encoding="utf-8")
    (folder / "own.html").write_text(template, encoding="utf-8")
    opened = open_request(Request(folder, data=str(data)), Console(quiet=True))
    summary = {"name": "n", "layers": [], "parameters": 1, "trainable": 1, "frozen": 0}
    for run in opened.plan(opened.report).runs:
        history = {"val_loss": [1.0] * 6}
        record = build_record(run.id, history=history, identity=run.identity, summary=summary)
        opened.store.save(record)
    return [folder, "--data", data]


def test_check_lists_claims_with_their_verdicts(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    """Before there are records the description is checked; then every claim is judged."""
    data = pictures(tmp_path / "set")
    code, output, errors = command("check", folder, "--data", data)
    assert code == 0, errors
    assert "description, template and references of" in output
    assert "2 runs are not recorded" in output
    words = recorded(folder, data, CLAIMS)
    code, output, errors = command("check", *words)
    assert code == 0, errors
    assert "1 claim: 0 supported, 1 inconclusive, 0 contradicted" in output
    assert "inconclusive  batch: better('8', than='16', val_loss)  own.html:3" in output
    assert "(1 seed)" in output


def test_check_fails_where_a_claim_lacks_a_branch_or_does_not_move(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    """Code 1, and the claim is named; with --mutate what no result moves is a failure too."""
    data = pictures(tmp_path / "set")
    words = recorded(folder, data, CLAIMS.replace("{% inconclusive %}open", "", 1))
    code, output, _ = command("check", *words)
    assert code == 1
    assert "NO BRANCH: add {% inconclusive %}" in output
    (folder / "own.html").write_text(CLAIMS, encoding="utf-8")
    code, output, _ = command("check", *words, "--mutate")
    assert code == 0
    assert "1 of 1 claim moves under" in output
    always = CLAIMS.replace("better(study, 8, than=16)", "fewer_parameters(study, 8, than=8)")
    (folder / "own.html").write_text(always, encoding="utf-8")
    code, output, _ = command("check", *words, "--mutate")
    assert code == 1
    assert "NOT MOVED, always contradicted: fewer_parameters(" in output


LISTING = """
import importlib.metadata, json, sys
known = importlib.metadata.version
def version(name):
    if "tensorflow" in name or name == "keras":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)
importlib.metadata.version = version
sys.modules["tensorflow"] = sys.modules["keras"] = None
sys.argv = ["scenes", *json.loads(sys.argv[1])]
from scenes.cli.main import main
from scenes.system.interrupts import StopError
main()
"""


def test_without_tensorflow_plans_and_runs_are_told(folder: Path, tmp_path: Path) -> None:
    """Both commands work where nothing can be trained."""
    where = [str(folder), "--data", str(pictures(tmp_path / "set"))]
    for words in (["plan", *where], ["runs", *where, "--why"], ["runs", *where]):
        done = subprocess.run(
            [sys.executable, "-c", LISTING, json.dumps(words)], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "batch" in done.stdout or "nothing recorded" in done.stdout


def test_doctor_says_what_is_missing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each check and one for what to do; 1 where something needed is missing."""
    checks = [Check("ok", "Python", "3.11"), Check("note", "poppler", "not installed")]
    monkeypatch.setattr("scenes.cli.doctor.examine", lambda _: iter(checks))
    assert command("doctor")[:2] == (0, "ok      Python: 3.11\nnote    poppler: not installed\n")
    checks.append(Check("missing", "libraries", "pango-1.0", "Install them."))
    code, output, _ = command("doctor", "--store", "s")
    assert code == 1
    assert output.endswith("missing libraries: pango-1.0\n        Install them.\n")
