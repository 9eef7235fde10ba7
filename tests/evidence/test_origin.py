"""Printed pictures are compared with those of a data set that the verifier has."""

import io
from pathlib import Path

import pytest
from forgeries import remade
from PIL import Image, ImageOps
from rich.console import Console
from tamperings import read_files
from written import WrittenReport

from scenes.app.verification import Verified, verify_document
from scenes.evidence import layout
from scenes.evidence.layout import open_zip
from scenes.evidence.printed_pictures import PrintedPicture, differing
from scenes.system.plain_zip import encode_zip

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def check(path: Path, data: Path | None) -> tuple[Verified, str, str]:
    """Return what a check finds, and state and text of what it says of the printed pictures."""
    found = verify_document(path, Console(quiet=True), data=data)
    (origin,) = (one for one in found.findings if one.kind == "origin of pictures")
    return found, origin.state, origin.text


def test_printed_pictures_are_those_of_the_data_set(short: WrittenReport) -> None:
    """By hash and by pixel; without the set they are not checked, and nothing is held up."""
    pictures = short.folder.parent / "pictures"
    found, state, text = check(short.pdf, pictures)
    assert (found.exit_code, state) == (0, "holds")
    assert text.endswith("compared with this data set, by hash and by pixel")
    found, state, _ = check(short.pdf, None)
    assert (found.exit_code, state) == (0, "not_checked")


def test_other_pictures_under_the_same_names_cannot_be_compared(
    short: WrittenReport, tmp_path: Path
) -> None:
    """Nor missing ones: what was to be checked and could not be never counts as passed."""
    for source in (short.folder.parent / "pictures").rglob("*.*"):
        path = tmp_path / "other" / source.relative_to(short.folder.parent / "pictures")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 30), (9, 9, 9)).save(path)
    (tmp_path / "empty").mkdir()
    for name in ("other", "empty"):
        found, state, text = check(short.pdf, tmp_path / name)
        assert (found.exit_code, state) == (2, "unknown")
        assert "could not be compared" in text


@pytest.mark.usefixtures("checker")  # what makes it again is ready
def test_a_forged_bitmap_is_found_by_who_has_the_pictures(
    short: WrittenReport, tmp_path: Path
) -> None:
    """All that follows from it was made again, so that nobody else can tell."""
    files = read_files(short.pdf.read_bytes())
    members = open_zip("pictures", files[layout.PICTURES])
    name = "bitmaps/0000.png"
    stream = io.BytesIO()
    ImageOps.invert(Image.open(io.BytesIO(members[name]))).save(stream, "PNG")
    forged = tmp_path / "forged.pdf"
    changed = encode_zip({**members, name: stream.getvalue()})
    forged.write_bytes(remade({**files, layout.PICTURES: changed}))
    assert check(forged, None)[0].exit_code == 0
    found, state, text = check(forged, short.folder.parent / "pictures")
    assert (found.exit_code, state) == (1, "fails")
    assert text.startswith("1 of ")


def test_pixels_may_be_off_by_rounding() -> None:
    """As another version of a decoder rounds; more, or another shape, is another picture."""
    one = PrintedPicture(path="a", side=2, shape="fitted", height=1, width=2, pixels="AAAAAAAA")
    assert (one.bitmap == 0).all()
    assert differing([one], [one.bitmap + 3], most=3) == []
    assert differing([one], [one.bitmap + 4], most=3) == ["a"]
    assert differing([one], [one.bitmap.reshape(2, 1, 3)], most=3) == ["a"]
