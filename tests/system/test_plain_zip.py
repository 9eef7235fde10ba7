"""A ZIP file holds its files and nothing else, or is refused."""

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.system.plain_zip import ZipError, decode_zip, encode_zip, list_zip

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)


def decoded(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive."""
    return decode_zip(data, list_zip(data))


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=5), st.booleans())
def test_what_is_written_is_read(files: dict[str, bytes], compress: bool) -> None:
    """Whatever the names are, packed or not."""
    assert decoded(encode_zip(files, compress=compress)) == files


def test_one_bit_more_or_less_changes_no_content() -> None:
    """It is refused, but for the few bits after the end of packed data, which mean nothing."""
    files = {"a/é.txt": b"x" * 100, "b": b"", "c": random.Random(0).randbytes(300)}
    for compress, most in ((True, 3 * 7), (False, 0)):
        data, read = encode_zip(files, compress=compress), 0
        for place in range(8 * len(data)):
            changed = bytearray(data)
            changed[place // 8] ^= 1 << place % 8
            try:
                assert decoded(bytes(changed)) == files
                read += 1
            except ZipError:
                pass
        assert read <= most


def written(info: zipfile.ZipInfo, comment: bytes = b"") -> bytes:
    """Return an archive with a member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, b"x")
        archive.comment = comment
    return stream.getvalue()


def member(**attributes: object) -> zipfile.ZipInfo:
    """Return a member as this program writes it, but for some attributes."""
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o644 << 16
    for name, value in attributes.items():
        setattr(info, name, value)
    return info


@pytest.mark.parametrize(
    "data",
    [
        written(member(), b"note"),
        b"note" + written(member()),
        written(member()) + b"note",
        written(member(date_time=(2026, 1, 1, 0, 0, 0))),
        written(member(external_attr=0o120777 << 16)),
        written(member(extra=b"\xff\xff\x04\0note")),
        written(member(comment=b"note")),
        written(member(compress_type=zipfile.ZIP_BZIP2)),
    ],
)
def test_what_is_packed_otherwise_is_refused(data: bytes) -> None:
    """With a reason of one line."""
    assert zipfile.ZipFile(io.BytesIO(data)).read("a") == b"x"
    with pytest.raises(ZipError) as raised:
        decoded(data)
    assert "\n" not in str(raised.value)
    assert decoded(written(member())) == {"a": b"x"}


def test_a_size_that_is_none_is_refused() -> None:
    """A directory may say that a file has more bytes than the format can tell."""
    data = bytearray(encode_zip({"a": b"x" * 50}))
    end = data.index(b"PK\1\2")
    data[end + 20 : end + 24] = b"\xff" * 4
    with pytest.raises(ZipError):
        decoded(bytes(data))
