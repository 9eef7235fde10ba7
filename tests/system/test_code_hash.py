"""Code is followed by its text: what it reaches counts, how it is written and where does not."""

import itertools
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.system.source.code_hash import hash_code, reach
from scenes.system.source.modules import Sources
from scenes.system.source.names import Definition
from scenes.system.source.program import Program

Files = dict[str, str]


def write(root: Path, files: Files) -> Path:
    """Write a package `lab`."""
    for name, text in {"__init__.py": "", **files}.items():
        path = root / "lab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root / "lab"


def open_lab(root: Path, files: Files, stops: tuple[str, ...] = ()) -> Program:
    """Return the code of a package `lab`."""
    sources = Sources({"lab": write(root, files)})
    return Program(sources, frozenset(map(Definition.parse, stops)))


def names(root: Path, files: Files, *roots: str, stops: tuple[str, ...] = ()) -> set[str]:
    """Return the names of what the roots reach, without their modules."""
    program = open_lab(root, files, stops)
    reached = reach(program, map(Definition.parse, roots or ("lab.main:run",)))
    return {definition.name for definition in reached}


def hashes(root: Path, files: Files, stops: tuple[str, ...] = ()) -> dict[str, str]:
    """Return a hash of each definition that `lab.main:run` reaches."""
    return hash_code(open_lab(root, files, stops), [Definition.parse("lab.main:run")])


OTHER = """
LIMIT = 3

def used(): return LIMIT
def unused(): return used()
"""

WAYS = {
    "name": ("from lab.other import used", "return used()"),
    "alias": ("from lab.other import used as taken", "return taken()"),
    "module": ("from lab import other", "return other.used()"),
    "module alias": ("import lab.other as there", "return there.used()"),
    "whole path": ("import lab.other", "return lab.other.used()"),
    "relative": ("from .other import used", "return used()"),
    "relative module": ("from . import other", "return other.used()"),
    "inside": ("", "from lab.other import used; return used()"),
    "star": ("from lab.other import *", "return used()"),
    "re-export": ("from lab.shop import sold", "return sold()"),
    "package": ("import lab", "return lab.offered()"),
    "partial": (
        "from functools import partial\nfrom lab.other import used",
        "return partial(used, 1)",
    ),
    "text": ("", "return find('lab.other:used')"),
    "default": ("from lab.other import used", "return (lambda it=used: it())()"),
    "table": ("from lab.other import used\nTABLE = {'a': used}", "return TABLE['a']()"),
    "constant": ("from lab.other import used\nVALUE = used()", "return VALUE"),
    "augmented": ("from lab.other import used\nV = []\nV += [used]", "return V"),
    "appended": ("from lab.other import used\nV = []\nV.append(used)", "return V"),
    "keyed": ("from lab.other import used\nV = {}\nV['a'] = used", "return V"),
    "tried": (
        "try:\n    from lab.other import used\nexcept ImportError:\n    used = None",
        "return used()",
    ),
    "unpacked": ("from lab.other import used\nA, B = used, 1", "return B"),
    "base": ("from lab.other import used\nclass It(used): pass", "return It()"),
    "method": (
        "from lab.other import used\nclass It:\n    def go(self): return used()",
        "return It().go()",
    ),
    "getattr": (
        "from lab.other import used\nclass It:\n    def go(self): return used()",
        "return getattr(It(), 'go')()",
    ),
    "special method": (
        "from lab.other import used\nclass It:\n    def __len__(self): return used()",
        "return len(It())",
    ),
    "method of a base": (
        "from lab.other import used\n"
        "class Old:\n    def go(self): return used()\nclass It(Old): pass",
        "return It().go()",
    ),
    "called by a library": (
        "import keras\nfrom lab.other import used\n"
        "class It(keras.Layer):\n    def call(self): return used()",
        "return It()",
    ),
    "registered": (
        "from pydantic import check\nfrom lab.other import used\n"
        "class It:\n    @check\n    def sound(self): return used()",
        "return It()",
    ),
    "decorator": (
        "from lab.other import used\n@used\ndef inner(): return 1",
        "return inner()",
    ),
    "property of an argument": (
        "from __future__ import annotations\n"
        "from lab.other import used\n"
        "class It:\n    @property\n    def size(self): return used()",
        "def go(it: It | None): return it.size\n    return go",
    ),
    "property of a field": (
        "from lab.other import used\n"
        "class In:\n    @property\n    def size(self): return used()\n"
        "class It:\n    inner: 'In'",
        "def go(it: 'list[It]'): return it[0].inner.size\n    return go",
    ),
    "module as a value": ("from lab import other", "return getattr(other, 'us' + 'ed')()"),
    "raised": ("from lab.other import used", "raise ValueError(used())"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_use_a_function_is_followed(way: str, tmp_path: Path) -> None:
    """However a function is named, it and what it needs are reached, and count."""
    head, body = WAYS[way]
    files = {
        "other.py": OTHER,
        "shop.py": "from lab.other import used as sold",
        "__init__.py": "from lab.other import used as offered",
        "main.py": f"{head}\ndef run():\n    {body}\n",
    }
    reached = names(tmp_path / "a", files)
    assert {"run", "used", "LIMIT"} <= reached
    assert ("unused" in reached) == (way == "module as a value")
    before = hashes(tmp_path / "a", files)
    after = hashes(tmp_path / "b", {**files, "other.py": OTHER.replace("= 3", "= 4")})
    assert {name for name in before if before[name] != after[name]} == {"LIMIT"}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("from lab.other import used", "def go(it: used) -> used: return it\n    return go"),
        ("from lab.other import used\ndef idle(): return used()", "return 1"),
        ("import typing\nif typing.TYPE_CHECKING:\n    from lab.other import used", "return 1"),
        ("from lab.other import used\nif __name__ == '__main__':\n    used()", "return 1"),
        ("from lab.other import used\nclass It:\n    def go(self): used()", "return It()"),
        ("from lab.other import used\ndef it(): return [used for used in ()]", "return 1"),
    ],
)
def test_what_is_not_executed_is_not_followed(head: str, body: str, tmp_path: Path) -> None:
    """Annotations, functions that nothing calls, and what only a script runs do not count."""
    files = {"other.py": OTHER, "main.py": f"{head}\ndef run():\n    {body}\n"}
    assert not {"used", "LIMIT"} & names(tmp_path, files)


MAIN = """
'''Runs.'''
import numpy as np
from lab.other import used
from lab import other

SHARE = 0.5

class It:
    '''A value.'''
    size: int = 3

    def go(self, n: int = 2) -> float:
        '''Say it.'''
        return used() + n

def run(seed: int) -> float:
    '''Run.'''
    from lab.other import LIMIT
    total = np.sqrt(SHARE) + other.used()
    if seed:
        raise ValueError(f"not {seed}")
    return It().go() + total + LIMIT
"""

SAME = {
    "comment": ("SHARE = 0.5", "SHARE = 0.5  # of all"),
    "docstring": ("'''Run.'''", "'''Go on.'''"),
    "no docstring": ("'''Run.'''", ""),
    "blank lines": ("class It", "\n\n\nclass It"),
    "line break": ("np.sqrt(SHARE) + other.used()", "(np.sqrt(SHARE)\n        + other.used())"),
    "brackets": ("return used() + n", "return (used()) + (n)"),
    "annotation": ("n: int = 2", "n: 'float' = 2"),
    "returns": ("(seed: int) -> float", "(seed)"),
    "quotes": ("import numpy as np", "import numpy  as  np"),
    "alias": ("import numpy as np", "import numpy as xp"),
    "other import": ("from lab.other import used\n", "from lab.other import used as used\n"),
    "order": ("SHARE = 0.5\n", "UNUSED = 1\nSHARE = 0.5\n"),
    "unused import": ("import numpy as np", "import numpy as np\nimport json"),
    "words of an error": ("not {seed}", "never {seed}"),
}
OTHERS = {
    "number": ("SHARE = 0.5", "SHARE = 0.6"),
    "library": ("import numpy as np", "import jax.numpy as np"),
    "default": ("n: int = 2", "n: int = 3"),
    "field": ("size: int = 3", "size: int = 4"),
    "type of a field": ("size: int = 3", "size: float = 3"),
    "kind of an error": ("ValueError", "KeyError"),
    "method": ("return used() + n", "return used() - n"),
    "another function": ("other.used()", "other.unused()"),
}


def edited(text: str, old: str, new: str) -> str:
    """Return the main module with one change."""
    assert old in text
    text = text.replace(old, new)
    return text.replace("np.sqrt", "xp.sqrt") if new.endswith("as xp") else text


@pytest.mark.parametrize("change", [*SAME, *OTHERS])
def test_what_a_definition_says_counts_and_not_how(change: str, tmp_path: Path) -> None:
    """How it is written, in which words it is explained and under which alias changes nothing."""
    files = {"other.py": OTHER, "main.py": MAIN}
    after = {**files, "main.py": edited(MAIN, *(SAME | OTHERS)[change])}
    is_same = hashes(tmp_path / "a", files) == hashes(tmp_path / "b", after)
    assert is_same == (change in SAME)


def test_a_moved_module_changes_nothing(tmp_path: Path) -> None:
    """Neither do a renamed file, a function that moves to another file, nor where a package is."""
    before = hashes(tmp_path / "a", {"other.py": OTHER, "main.py": MAIN})
    moved = MAIN.replace("lab.other", "lab.room.there").replace(
        "from lab import other", "from lab.room import there as other"
    )
    assert hashes(tmp_path / "b", {"room/there.py": OTHER, "main.py": moved}) == before
    own = "\n".join([OTHER, MAIN.replace("from lab.other import used\n", "")])
    own = own.replace("from lab import other\n", "").replace("other.used", "used")
    own = own.replace("    from lab.other import LIMIT\n", "")
    after = hashes(tmp_path / "c", {"main.py": own})
    assert {name for name in after if after[name] != before[name]} == {"run"}  # an import less


def test_names_are_told_apart_by_what_they_stand_for(tmp_path: Path) -> None:
    """Two functions of one name both count, and so does which of them is called."""
    one, two = "def part(): return 1\n", "def part(): return 2\n"
    main = "from lab import one, two\ndef run(): return one.part() - two.part()\n"
    files = {"one.py": one, "two.py": two, "main.py": main}
    before = hashes(tmp_path / "a", files)
    for number, (name, text) in enumerate([("one.py", "3"), ("two.py", "4")]):
        changed = {**files, name: f"def part(): return {text}\n"}
        assert hashes(tmp_path / f"b{number}", changed)["part"] != before["part"]
    swapped = {**files, "one.py": two, "two.py": one}
    assert hashes(tmp_path / "c", swapped)["run"] != before["run"]
    renamed = {"uno.py": one, "due.py": two}
    renamed["main.py"] = "from lab import uno, due\ndef run(): return uno.part() - due.part()\n"
    assert hashes(tmp_path / "d", renamed) == before


def test_stops_are_not_followed(tmp_path: Path) -> None:
    """A function, a class with its methods, or a whole module is left out where a stop says so."""
    files = {
        "other.py": OTHER,
        "store.py": "from lab.other import used\nclass Store:\n    def save(self): return used()\n"
        "class Broken(Exception): pass\n",
        "main.py": "from lab.store import Store, Broken\nfrom lab.other import used\n"
        "def run(it: Store):\n    it.save()\n    raise Broken(used(), 'words')\n",
    }
    assert "used" in names(tmp_path / "a", files)
    assert names(tmp_path / "b", files, stops=("lab.store:*",)) == {"run"}
    by_name = ("lab.store:Store", "lab.store:Broken")
    assert names(tmp_path / "c", files, stops=by_name) == {"run"}
    told = {**files, "main.py": files["main.py"].replace("used(), 'words'", "1")}
    stops = ("lab.store:Store", "lab.store:Broken")
    assert hashes(tmp_path / "d", files, stops) == hashes(tmp_path / "e", told, stops)


def test_cycles_end(tmp_path: Path) -> None:
    """Functions, modules, classes and re-exports that lead back to themselves are followed once."""
    files = {
        "main.py": "from lab.back import turn, lost\nclass A(A): pass\n"
        "def run(it: A): return turn(), lost, A()\n",
        "back.py": "from lab.main import run, lost\ndef turn(): return run\n",
    }
    assert names(tmp_path, files) >= {"run", "turn", "A"}


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    """Every root that the code does not define is named."""
    roots = ("lab.main:run", "lab.main:walk", "lab.gone:run", "numpy:sqrt")
    wanted = "does not define lab.gone:run, lab.main:walk, numpy:sqrt"
    with pytest.raises(LookupError, match=wanted):
        names(tmp_path, {"main.py": "def run(): pass"}, *roots)


def test_other_places_are_followed(tmp_path: Path) -> None:
    """The code of a report's own file counts as that of the package does."""
    write(tmp_path, {"other.py": OTHER})
    own = tmp_path / "a report" / "components.py"
    own.parent.mkdir()
    own.write_text("from lab.other import used\nimport part\ndef build(): return used(), part.it\n")
    part = own.with_name("part.py")
    part.write_text("it = 1\n")
    places = {"lab": tmp_path / "lab", "components": own, "part": part}
    reached = reach(Program(Sources(places)), [Definition("components", "build")])
    assert {it.name for it in reached} == {"build", "used", "LIMIT", "it"}
    del places["part"]  # is foreign then: its name counts
    reached = reach(Program(Sources(places)), [Definition("components", "build")])
    assert {it.name for it in reached} == {"build", "used", "LIMIT"}


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=8), st.randoms())
def test_every_chain_of_calls_is_followed(chain: list[str], random: object) -> None:
    """Whatever the order in which functions call each other, all of them and no other count."""
    calls = dict(itertools.pairwise(chain))
    with tempfile.TemporaryDirectory() as folder:
        files = {
            f"{name}.py": "".join(f"from lab import {it}\n" for it in calls.values())
            + f"def go_{name}(): return {f'{calls[name]}.go_{calls[name]}' if name in calls else 1}"
            for name in "abcd"
        }
        expected, name = set(), chain[0]
        while f"go_{name}" not in expected:
            expected.add(f"go_{name}")
            name = calls.get(name, name)
        assert names(Path(folder), files, f"lab.{chain[0]}:go_{chain[0]}") == expected
