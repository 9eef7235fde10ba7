# /// script
# dependencies = ["nox>=2025.2"]
# ///
"""The rituals of the project, such as report, tests and bench. Each takes what follows `--`."""

import os
import shutil

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
# The half-size build of TensorFlow, unless there is a GPU to use.
TRAIN = "train" if shutil.which("nvidia-smi") else "train-cpu"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def install(session: nox.Session, *groups: str, what: str = f".[{TRAIN}]") -> None:
    """Install the checkout, with what trains unless told otherwise, and dependency groups."""
    session.install("-e", what, *nox.project.dependency_groups(PROJECT, *groups))


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
    install(session)
    install_libraries(session)
    session.run("scenes", "report", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests: nox -s tests -- [PYTEST OPTIONS]."""
    install(session, "test")
    install_libraries(session)
    session.run("pytest", "-n", "auto", "-m", "not slow and not browser", *session.posargs)


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
    install(session, "browser", what=".")
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
def build(session: nox.Session) -> None:
    """Build the wheel and the source distribution into dist/."""
    session.install("build")
    session.run("python", "-m", "build", *session.posargs)


if __name__ == "__main__":
    nox.main()
