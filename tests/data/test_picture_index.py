"""The index gives back what it was given, and knows no file that has changed."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.data.decoding import Seen
from scenes.data.picture_index import Index, load_index, save_index

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.text(st.characters(blacklist_characters="\0"), min_size=1, max_size=20)
whole = st.integers(0, 2**63)
contents = st.builds(
    Seen,
    sha256=hashes,
    format=st.sampled_from(["JPEG", "PNG"]),
    width=st.integers(1, 9),
    height=st.integers(1, 9),
    notes=st.sampled_from([(), ("alpha",), ("alpha", "grey")]),
    likeness=st.none() | st.integers(0, 2**63 - 1),
)


@given(rows=st.lists(st.tuples(names, st.tuples(whole, whole, whole, whole), contents), max_size=6))
def test_the_index_reads_back_what_it_wrote(
    rows: list[tuple[str, tuple[int, int, int, int], Seen]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Any path, also with bytes that are no UTF-8, any notes; none at all."""
    cache = tmp_path_factory.mktemp("cache")
    index = Index().extended([(f"{os.sep}{name}", stamp, one) for name, stamp, one in rows])
    save_index(cache, index)
    assert load_index(cache) == index


@pytest.mark.parametrize("place", range(4))
def test_a_file_that_has_changed_is_not_known(place: int, tmp_path: Path) -> None:
    """By size, either time or inode; a name with a line break or bytes that are no text is one."""
    name, one = f"{os.sep}a{os.sep}b\n\udcff.png", Seen("0" * 64, "PNG", 1, 1)
    save_index(tmp_path, Index().extended([(name, (1, 2, 3, 4), one)]))
    index = load_index(tmp_path)
    size, mtime, ctime, inode = (9 if at == place else at + 1 for at in range(4))
    assert index.find(name, (1, 2, 3, 4)) == one
    assert index.find(name, (size, mtime, ctime, inode)) is None
    assert index.find(name, None) is None
