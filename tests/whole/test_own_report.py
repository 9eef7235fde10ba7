"""A report on components of one's own: from one file beside it, and from a distribution."""

import io
import os
import subprocess
import sys
import venv
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from written import write

from scenes.app.request import Opened, Request, open_request
from scenes.plan.plan import Plan
from scenes.runs.record import Record
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import find_origin
from scenes.training.executors.protocol import Job
from scenes.training.worker import run_job

CODE = (Path(__file__).parents[1] / "complete_components.py").read_text(encoding="utf-8")
REPORT = """
title = "Own"
authors = ["Ana"]
metrics = ["mean_f1"]
figures = ["loss_bars"]
[data]
source = "pictures.npz"
loader = "from_npz"
[base]
model = "small_resnet"
image_size = 16
epochs = 2
batch_size = 4
augmentation = "noise"
learning_rate_schedule = "one_cycle"
[[study]]
name = "width"
title = "Width"
question = "Which?"
factor = "width"
values = [2, 4]
choose = { by = "mean_f1" }
[[study]]
name = "plain"
title = "Without code of our own"
question = "Which?"
factor = "model"
values = ["mlp", "lenet"]
set = { augmentation = "none", learning_rate_schedule = "constant", dense_units = 4 }
"""


def write_folder(root: Path, code: str | None = CODE) -> Path:
    """Write a report, its pictures and, unless they are installed, its components."""
    folder = root / "my report"
    folder.mkdir(parents=True)
    (folder / "report.toml").write_text(REPORT, encoding="utf-8")
    random = np.random.default_rng(0)
    labels = np.arange(20) % 2
    pixels = random.integers(0, 100, (20, 16, 16, 3)) + 120 * (1 - labels)[:, None, None, None]
    np.savez(folder / "pictures.npz", x=pixels.astype(np.uint8), y=labels)
    if code is not None:
        (folder / "components.py").write_text(code, encoding="utf-8")
    return folder


def opened_in(folder: Path, language: str = "en") -> Opened:
    """Return the request for the report; its components are in force."""
    return open_request(Request(folder, language=language), Console(quiet=True))


def train(folder: Path) -> None:
    """Train every run in this process."""
    opened = opened_in(folder)
    for run in opened.plan(opened.report).missing:
        part = opened.pictures.part(run.settings)
        job = Job(run.id, run.settings, run.seed, run.identity, part, opened.store, "none")
        run_job(replace(job, components=find_origin(folder)))


def stale(folder: Path) -> set[str]:
    """Return the values with runs that are not recorded as the code is now."""
    with components_of(find_origin(folder)):
        opened = opened_in(folder)
        plan: Plan = opened.plan(opened.report)
    return {
        f"{study.study.name}/{trial.key}"
        for study in plan.studies
        for trial in study.trials
        if any(not isinstance(run.result, Record) for run in trial.runs)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report, trained."""
    folder = write_folder(Path(tmp_path_factory.mktemp("own")))
    with components_of(find_origin(folder)):
        train(folder)
    return folder


def changed(folder: Path, old: str, new: str) -> set[str]:
    """Return what is stale while one line of the components says something else."""
    path = folder / "components.py"
    assert CODE.count(old) == 1
    path.write_text(CODE.replace(old, new), encoding="utf-8")
    try:
        return stale(folder)
    finally:
        path.write_text(CODE, encoding="utf-8")


@pytest.mark.slow
def test_a_changed_line_makes_exactly_its_runs_stale(folder: Path) -> None:
    """Those that execute it: of the network, of what it calls; not of metrics and figures."""
    own = {"width/2", "width/4"}
    assert len(CODE.splitlines()) < 100
    assert stale(folder) == set()
    assert changed(folder, "1 / 127.5, offset=-1", "1 / 255") == own
    assert (
        changed(folder, 'Conv2D(width, 3, padding="same")', 'Conv2D(width, 1, padding="same")')
        == own
    )
    assert changed(folder, "done / peak if done < peak", "1.0 if done < peak") == own
    assert changed(folder, "pictures + strength", "pictures - strength") == own
    assert changed(folder, "scores = []", "scores = [0.0]") == set()
    assert changed(folder, "axes = drawing.subplots()", "axes = drawing.add_subplot()") == set()
    assert (
        changed(folder, '"""Rise to the learning rate, and fall."""', '"""Other words."""') == set()
    )
    everything = {*own, "plain/mlp", "plain/lenet"}
    assert changed(folder, '"dark" if label', '"black" if label') == everything


@pytest.mark.slow
def test_the_report_is_written_in_both_languages(folder: Path) -> None:
    """With the metric, the figure and the name of the network, and with its source attached."""
    for language, words in (
        ("en", ["mean F1", "Validation loss of each", "one cycle", "Components of the authors"]),
        ("es", ["F1 media", "Pérdida en validación de cada", "un ciclo", "Componentes propios"]),
    ):
        with components_of(find_origin(folder)):
            opened = opened_in(folder, language)
            written = write(opened, opened.plan(opened.report), Console(quiet=True))
        page = written.html.read_text(encoding="utf-8")
        assert all(word in page for word in words), language
        assert "--trust" in page
        (pack,) = written.pdf.parent.glob(f"{written.pdf.stem}.evidence.zip")
        assert attached(pack, "components/components.py") == CODE


def attached(pack: Path, name: str) -> str:
    """Return a file of the description that a document carries."""
    with (
        zipfile.ZipFile(pack) as archive,
        zipfile.ZipFile(io.BytesIO(archive.read("description.zip"))) as inner,
    ):
        return inner.read(name).decode()


@pytest.mark.slow
def test_pytest_holds_its_components(folder: Path, tmp_path: Path) -> None:
    """With no line of test code; each test says what it holds."""
    done = run("pytest", str(folder), "-v", "-p", "no:cacheprovider", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
    for fact in ("small_resnet(width=2)", "ten pictures can be learned by heart", "mean_f1"):
        assert fact in done.stdout


def run(
    module: str, *words: str, cwd: Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a module of Python in a process of its own, without what surrounds the test."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join([*filter(None, [environment.pop("SITE", "")]), str(root)])
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "XDG_CONFIG_HOME": str(cwd), **environment},
    )


BACKEND = '''
"""Builds a wheel of one package, as a build backend does; nothing is downloaded for it."""
import base64, hashlib, zipfile
from pathlib import Path

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    about = "labnets-1.2.dist-info"
    files = {p.as_posix(): p.read_bytes() for p in Path("labnets").rglob("*.py")}
    files[f"{about}/METADATA"] = b"Metadata-Version: 2.1\\nName: labnets\\nVersion: 1.2\\n"
    wheel = ["Wheel-Version: 1.0", "Generator: b", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    files[f"{about}/WHEEL"] = "\\n".join(wheel).encode()
    files[f"{about}/entry_points.txt"] = Path("entry_points.txt").read_bytes()
    rows = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(data)}")
    files[f"{about}/RECORD"] = "\\n".join([*rows, f"{about}/RECORD,,"]).encode()
    wheel = "labnets-1.2-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel
'''
POINTS = """
[scenes.models]
small_resnet = labnets.parts:small_resnet
[scenes.augmentations]
noise = labnets.parts:noise
[scenes.schedules]
one_cycle = labnets.parts:one_cycle
[scenes.metrics]
mean_f1 = labnets.parts:mean_f1
[scenes.figures]
loss_bars = labnets.parts:loss_bars
[scenes.loaders]
from_npz = labnets.parts:from_npz
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a distribution of the components was installed, after pip had built it."""
    root = Path(tmp_path_factory.mktemp("lab"))
    project, site = root / "project", root / "site"
    (project / "labnets").mkdir(parents=True)
    (project / "labnets" / "__init__.py").write_text("", encoding="utf-8")
    (project / "labnets" / "parts.py").write_text(CODE, encoding="utf-8")
    (project / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    (project / "backend.py").write_text(BACKEND, encoding="utf-8")
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (project / "pyproject.toml").write_text(system, encoding="utf-8")
    venv.create(root / "venv", with_pip=True)
    python = root / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    words = ["install", "--no-index", "--no-deps", "--target", str(site), str(project)]
    done = subprocess.run(
        [python, "-m", "pip", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.slow
def test_the_same_report_is_made_of_an_installed_distribution(
    site: Path, folder: Path, tmp_path: Path
) -> None:
    """The commands know its components unasked; its runs have the same ids, as its code has."""
    own = write_folder(tmp_path, None)
    environment = {"SITE": str(site)}
    listed = run("scenes", "list", "models", cwd=tmp_path, **environment)
    assert "small_resnet" in listed.stdout
    assert "labnets 1.2" in listed.stdout
    done = run(
        "scenes", "report", str(own), "--store", str(folder.parent / "store"), cwd=tmp_path,
        **environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = next((own / "out").glob("*.html")).read_text(encoding="utf-8")
    assert "labnets 1.2" in page
    assert "Validation loss of each value" in page
    (pack,) = (own / "out").glob("*.evidence.zip")
    assert attached(pack, "components/installed/labnets/parts.py") == CODE
