"""The lock holds what `nox -s report` and `nox -s tests` install, and names no host or path."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def named(requirements: list[str]) -> set[str]:
    """Return the names of some requirements, as a lock writes them."""
    found = (re.match(r"[\w.-]+", it) for it in requirements if isinstance(it, str))
    return {re.sub(r"[-_.]+", "-", it[0]).lower() for it in found if it}


def test_the_lock_is_whole() -> None:
    """Each dependency of the program, of training and of the tests has its version and hashes."""
    project = PROJECT["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["train-cpu"]
    groups = PROJECT["dependency-groups"]
    wanted += [*groups["test"], *groups["bench"]]
    locked = set(re.findall(r"^([\w-]+)==", LOCK, flags=re.MULTILINE))
    assert named(wanted) - locked == set()
    entries = re.split(r"^(?=[\w-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert [it for it in entries if "--hash=sha256:" not in it] == []


def test_the_lock_names_no_host() -> None:
    """Neither an index nor a path nor an address stands in it."""
    assert re.findall(r"://|^-|\s@ ", LOCK, flags=re.MULTILINE) == []
