"""README and documentation name what is there: commands, options, files and links exist."""

import re
from pathlib import Path

from scenes.cli.main import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    *(it for it in sorted(ROOT.glob("docs/**/*.md")) if not {"generated", "_build"} & {*it.parts}),
]
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def test_every_command_exists() -> None:
    """The commands that the pages name are those of the program, and each is named."""
    named = set(re.findall(r"`scenes ([a-z]+)[ `]", DOCS))
    assert named == set(cli.commands)


def test_the_readme_is_short() -> None:
    """At most 700 words: the rest is documentation."""
    assert len(README.split()) <= 700


def test_every_link_leads_somewhere() -> None:
    """A link from one page to another names a file that exists."""
    links = {
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    }
    assert (ROOT / "README.md", "docs/tutorial.md") in links
    assert [it for it in links if not (it[0].parent / it[1]).exists()] == []


def test_the_table_of_options_is_that_of_the_command() -> None:
    """The table holds every option of `scenes report`, and no other."""
    known = {option for param in cli.commands["report"].params for option in param.opts}
    told = set(re.findall(r"^\| `(--[\w-]+)", DOCS, flags=re.MULTILINE))
    assert told == {option for option in known if option.startswith("--")}


def test_every_file_exists() -> None:
    """A file that a page sends its reader to is there (`out/` comes with the first report)."""
    paths = set(re.findall(r"`((?:scenes|templates|reports/practica4)(?:/[\w./*-]*)?)`", DOCS))
    assert "reports/practica4" in paths
    # CODE stands for any language's.
    globs = {path: path.replace("CODE", "*") for path in paths if "out/" not in path}
    assert [path for path, glob in globs.items() if not list(ROOT.glob(glob))] == []


def test_the_sessions_exist() -> None:
    """The nox sessions that the pages name are defined."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    named = set(re.findall(r"nox -s (\w+)", DOCS))
    assert {"report", "tests"} <= named
    assert named <= set(re.findall(r"^def (\w+)\(session", noxfile, flags=re.MULTILINE))


def test_the_continuous_integration_runs_the_readme_command() -> None:
    """What is tested on every change is what a reader is asked to run."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"python3 -m nox .*-s .*\btests\b", script)
