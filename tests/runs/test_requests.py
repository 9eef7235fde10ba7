"""What runs were asked for by is kept beside them, once, and survives damage and company."""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults import ERRORS, faults
from hypothesis import given
from hypothesis import strategies as st

from scenes.runs.requests import Asked, description_id, descriptions_of, keep_request

ASKED = Asked('title = "Año"\r\n', "full", "scenes report 'my report' --profile full")


def test_a_request_is_kept_as_it_was_read(tmp_path: Path) -> None:
    """Its text to the byte, its profile, command and runs; later runs come after the first."""
    keep_request(tmp_path, ASKED, ["a", "b"])
    keep_request(tmp_path, ASKED, ["b", "c"])
    (folder,) = (tmp_path / "requests").iterdir()
    assert folder.name == ASKED.id
    assert (folder / "report.toml").read_bytes() == ASKED.text.encode()
    kept = json.loads((folder / "request.json").read_bytes())
    assert (kept["profile"], kept["command"]) == ("full", ASKED.command)
    assert kept["runs"] == ["a", "b", "c"]


def test_a_run_belongs_to_the_description_that_first_asked_for_it(tmp_path: Path) -> None:
    """Another text that uses it later changes nothing; another command of one text is no other."""
    other = replace(ASKED, text="title = 'other'")
    keep_request(tmp_path, ASKED, ["a"])
    (path,) = (tmp_path / "requests").rglob("request.json")
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, "first": "2000-01-01T00:00:00+00:00"}))
    keep_request(tmp_path, other, ["a", "b"])
    keep_request(tmp_path, replace(ASKED, command="scenes report x"), ["c"])
    first, second = description_id(ASKED.text), description_id(other.text)
    assert descriptions_of(tmp_path, ["a", "c"]) == (first,)
    assert descriptions_of(tmp_path, ["a", "b", "copied"]) == tuple(sorted([first, second]))
    assert descriptions_of(tmp_path / "nowhere", ["a"]) == ()


@given(st.binary(max_size=60) | st.sampled_from([b"[]", b"{}", b'{"format": 1}', b"null"]))
def test_a_damaged_request_is_written_anew(data: bytes) -> None:
    """Whatever stands in its file, a reader passes it by and a writer replaces it."""
    with TemporaryDirectory() as name:
        root = Path(name)
        keep_request(root, ASKED, ["a"])
        (path,) = (root / "requests").rglob("request.json")
        path.write_bytes(data)
        assert descriptions_of(root, ["a"]) == ()
        keep_request(root, ASKED, ["b"])
        assert descriptions_of(root, ["b"]) == (description_id(ASKED.text),)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_request_is_there_whole_or_not_at_all(error: int, tmp_path: Path) -> None:
    """Whichever step of writing it fails."""
    root = tmp_path / "store"
    root.mkdir()
    steps = 0
    for _, has_failed, left in faults(root, lambda: keep_request(root, ASKED, ["a"]), error):
        steps += has_failed
        for folder in left:
            assert descriptions_of(folder, ["a"]) in ((), (description_id(ASKED.text),))
    assert steps >= 2
