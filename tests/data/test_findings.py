"""What stands out in pictures is reported once, with its number and the first examples."""

import tomllib

import pytest

from scenes.data.decoding import Seen
from scenes.data.findings import (
    EXAMPLES,
    FINDINGS,
    Finding,
    balance_findings,
    gather_findings,
    picture_findings,
)
from scenes.report.markup.templates import templates_folder
from scenes.system.formatting import said_count


def seen(*notes: str, kind: str = "PNG", width: int = 40, height: int = 30) -> Seen:
    """Return what an ordinary picture shows, with these notes."""
    return Seen("", kind, width, height, notes)


@pytest.mark.parametrize("note", ["exif_rotation", "alpha", "sixteen_bit", "cmyk", "animated"])
def test_each_note_is_told(note: str) -> None:
    """What the policy did to pictures is counted, with examples in order."""
    pictures = {"b.png": seen(note), "a.png": seen(note), "c.png": seen()}
    assert picture_findings(pictures) == (Finding(note, 2, ("a.png", "b.png")),)


def test_grey_is_told_only_among_colour() -> None:
    """A set of grey pictures alone is as it should be."""
    grey = {"a.png": seen("grey")}
    assert picture_findings(grey) == ()
    assert picture_findings(grey | {"b.png": seen()}) == (
        Finding("grey_among_colour", 1, ("a.png",)),
    )


@pytest.mark.parametrize(
    ("name", "kind", "lies"),
    [
        ("a.jpg", "PNG", True),
        ("a.webp", "JPEG", True),
        ("a.JPG", "JPEG", False),
        ("a.jpeg", "JPEG", False),
        ("a.tif", "TIFF", False),
    ],
)
def test_extension_that_lies_is_told(name: str, kind: str, lies: bool) -> None:
    """The extension is compared with the content, in any case."""
    kinds = [finding.kind for finding in picture_findings({name: seen(kind=kind)})]
    assert kinds == (["wrong_extension"] if lies else [])


@pytest.mark.parametrize(
    ("width", "height", "kinds"),
    [
        (16, 16, []),
        (15, 16, ["tiny"]),
        (160, 40, []),
        (161, 40, ["extreme_aspect"]),
        (40, 161, ["extreme_aspect"]),
        (1, 5, ["tiny", "extreme_aspect"]),
    ],
)
def test_tiny_and_long_pictures_are_told(width: int, height: int, kinds: list[str]) -> None:
    """Below 16 pixels, and beyond four to one, on either side."""
    found = picture_findings({"a.png": seen(width=width, height=height)})
    assert [finding.kind for finding in found] == kinds


def test_examples_are_few_and_printable() -> None:
    """The count is of all, the examples are the first, on one line each."""
    many = {f"{i:03}\n.png": seen("alpha") for i in range(50)}
    (finding,) = picture_findings(many)
    assert (finding.count, len(finding.pictures)) == (50, EXAMPLES)
    assert finding.pictures[0] == r"000\n.png"


def test_every_kind_of_finding_has_a_text() -> None:
    """A finding can be reported in words, whatever it is."""
    everything = {
        "a.jpg": seen(*FINDINGS, "grey", width=1, height=9),
        "b.png": seen(),
    }
    kinds = {finding.kind for finding in picture_findings(everything)}
    assert kinds <= set(FINDINGS)
    assert all(said_count(1, text) != "1 " for text in FINDINGS.values())
    assert said_count(1, FINDINGS["leakage"]) == "1 picture outside train that is in train as well"
    assert said_count(2, FINDINGS["duplicates_in_split"]).startswith("2 copies of a picture")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_finding_can_be_told_in_a_report(language: str) -> None:
    """Each kind has a sentence in each language, and no sentence is left over."""
    catalogue = tomllib.loads((templates_folder() / f"locale/{language}.toml").read_text("utf-8"))
    assert set(catalogue["finding"]) == {*FINDINGS, "folds", "skipped", "explains", "which"}


def test_small_classes_are_told_by_split() -> None:
    """Less than half of the largest class is reported, half is not."""
    found = balance_findings({"train": {"a": 10, "b": 5}, "val": {"a": 11, "b": 5, "c": 6}})
    assert found == (Finding("imbalance", 1, ("val/b: 5 of 11",)),)
    assert balance_findings({"train": {"a": 9, "b": 1}}) == ()


@pytest.mark.parametrize(("share", "most"), [(10 / 2985, 0.004), (0.2, 0.2), (0.0, 0.0), (1, 1)])
def test_what_leakage_explains_at_most_is_never_rounded_down(share: float, most: float) -> None:
    """A third of a point is reported as 0.4 of one; what is a tenth of a point already stays."""
    assert Finding("leakage", 1, (), share).at_most == pytest.approx(most)


def test_a_thousand_copies_fill_no_page() -> None:
    """Of the places of one picture the first are named, and the rest are counted."""
    places = tuple(f"{number}.png" for number in range(1000))
    (finding,) = gather_findings({"duplicates_in_split": [places]})
    (shown,) = finding.pictures
    assert shown.startswith("0.png = 1.png = ")
    assert shown.endswith(f"… (+{1000 - EXAMPLES:,})")
    assert shown.count(".png") == EXAMPLES
