# /// script
# dependencies = ["nox>=2025.2"]
# ///
"""The rituals of the project, such as report, tests and bench. Each takes what follows `--`."""

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests"]
# Sessions start hundreds of Python processes: none compiles again what another has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PROJECT = nox.project.load_toml("pyproject.toml")
# The half-size build of TensorFlow, unless there is a GPU to use.
TRAIN = "train" if shutil.which("nvidia-smi") else "train-cpu"

# Each worker begins with tests that stand together, which share what their modules set up.
FAST = ("-n", "auto", "--dist", "worksteal", "-m", "not slow and not browser")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


LOCK = Path("requirements.lock")
PARTS = {"report": [], "tests": ["test"]}
"""Parts of the lock, each added to those before it: a session, and its dependency groups."""


def install(session: nox.Session, *groups: str, what: str = f".[{TRAIN}]") -> None:
    """Install the checkout, with what trains unless told otherwise, and dependency groups."""
    session.install("-e", what, *nox.project.dependency_groups(PROJECT, *groups))


def install_locked(session: nox.Session, part: str) -> None:
    """Install the checkout with the very files of the lock, which is without the GPU build."""
    if TRAIN != "train-cpu":
        install(session, *PARTS[part])
        return
    # Not in nox's temporary folder, which all that runs later would get, with its long path.
    locked = Path(session.virtualenv.location) / "locked.txt"
    text = LOCK.read_text(encoding="utf-8")
    parts = text.split("# part: ")[1 : 2 + [*PARTS].index(part)]
    locked.write_text("".join(it.partition("\n")[2] for it in parts), encoding="utf-8")
    session.install("--require-hashes", "--no-deps", "-r", str(locked))
    session.install("--no-deps", "-e", ".")


MISSING = """
from scenes.system.native_libraries import install_line, missing_libraries
missing = missing_libraries()
print(install_line(missing) if missing else "")
"""


def install_libraries(session: nox.Session) -> None:
    """Install the system libraries that WeasyPrint loads, as root on Debian; else say how."""
    line = str(session.run("python", "-c", MISSING, silent=True) or "").strip()
    if not line:
        return
    command = line.removeprefix("sudo ").split()
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (is_root and command[0] == "apt-get"):
        session.error(f"WeasyPrint, which writes the PDF, lacks system libraries: {line}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    session.run("apt-get", "update", "-q", external=True, env=quiet)
    session.run(*command, external=True, env=quiet)


@nox.session
def report(session: nox.Session) -> None:
    """Train what is missing and write the report: nox -s report -- [FOLDER] [OPTIONS].

    The first time, this downloads and installs about 1.9 GB, most of it TensorFlow.
    """
    session.log("the first time, about 1.9 GB are installed, most of it TensorFlow")
    install_locked(session, "report")
    install_libraries(session)
    session.run("scenes", "report", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests: nox -s tests -- [PYTEST OPTIONS]."""
    install_locked(session, "tests")
    install_libraries(session)
    session.run("pytest", *FAST, *session.posargs)


@nox.session(default=False)
def unlocked(session: nox.Session) -> None:
    """Run the tests with the newest versions that pyproject.toml allows."""
    install(session, "test")
    install_libraries(session)
    session.run("pytest", *FAST, *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Write the lock anew: versions and hashes of all that `report` and `tests` install."""
    session.install("uv")
    text, before = "# Written by: nox -s lock\n", ""
    for part, groups in PARTS.items():
        locked = session.run(
            *("uv", "pip", "compile", "--quiet", "pyproject.toml", "--extra", "train-cpu"),
            *(word for group in groups for word in ("--group", group)),
            *("--universal", "--python-version", "3.11", "--generate-hashes"),
            *("--no-header", "--no-annotate", "--no-emit-index-url"),
            silent=True,
        )
        known = set(_entries(before))
        text += f"# part: {part}\n"
        text += "".join(it for it in _entries(str(locked)) if it not in known)
        before = str(locked)
    LOCK.write_text(text, encoding="utf-8")


def _entries(locked: str) -> list[str]:
    """Return the packages of a lock, each with its hashes."""
    entries: list[str] = []
    for line in locked.splitlines(keepends=True):
        if line.startswith(" "):
            entries[-1] += line
        else:
            entries.append(line)
    return entries


@nox.session(default=False)
def slow(session: nox.Session) -> None:
    """Run the tests that take minutes."""
    install(session, "test")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Open reports in the Chromium of this machine, with scripts and requests watched."""
    if not any(map(shutil.which, BROWSERS)):
        session.skip(f"there is no browser here: install one of {', '.join(BROWSERS)}")
    install(session, "browser")  # all tests are collected, and those of networks import Keras
    session.run("pytest", "-m", "browser", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and the direction of imports."""
    # What is checked is the text: TensorFlow need not be there.
    install(session, "lint", what=".")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the program against the notebook way: nox -s bench -- [--only ROW] [--data DIR]."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(default=False)
def simulate(session: nox.Session) -> None:
    """Write the tables of docs/explanation/statistics.md anew: error rates and power."""
    install(session, "test", what=".")
    page = "docs/explanation/statistics.md"
    session.run("python", "tests/stats/simulation.py", page, env={"PYTHONPATH": "tests/stats"})


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation as a site in docs/_build/; a warning is an error."""
    install(session, "docs")
    install_libraries(session)  # the notebook writes a report
    session.run("sphinx-build", "-W", "-n", "--keep-going", "docs", "docs/_build", *session.posargs)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the wheel and the source distribution into dist/."""
    session.install("build")
    session.run("python", "-m", "build", *session.posargs)


if __name__ == "__main__":
    nox.main()


TENSORFLOW = "import importlib.util as util, sys; sys.exit(bool(util.find_spec('tensorflow')))"


@nox.session
def stranger(session: nox.Session) -> None:
    """Check PDF files, named after --, as a stranger does: from the wheel, without TensorFlow."""
    if not session.posargs:
        session.error("name a report: nox -s stranger -- reports/practica4/out/practica4-quick.pdf")
    folder = Path(session.virtualenv.location) / "another folder"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(folder))
    session.install(*map(str, folder.glob("*.whl")))
    session.run("python", "-c", TENSORFLOW)
    copies = [str(shutil.copy(path, folder)) for path in session.posargs]
    session.chdir(folder)  # where no checkout is
    for path in copies:
        session.run("scenes", "verify", path, env={"PYTHONPATH": ""})
