"""What stands out in a data set and does not stop a study, but belongs in its report.

In: what was `Seen` in the pictures, and how many there are. Out: `Finding`s.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scenes.data.decoding import FORMATS, Seen
from scenes.system.formatting import printable

TINY = 16  # pixels on the shorter side
EXTREME_ASPECT = 4.0  # the longer side by the shorter one
IMBALANCE = 2  # times as many pictures in the largest class of a split
COUNTED = 10  # pictures of that class from which on it says anything
EXAMPLES = 12

FINDINGS: Mapping[str, str] = {
    "dropped": "left out of train, being or looking like a picture outside it",
    "leakage": "picture|pictures outside train that is|are in train as well",
    "near_leakage": "picture|pictures outside train that looks|look like one in train",
    "test_leakage": "picture|pictures of the test set that is|are in validation as well",
    "near_test_leakage": "picture|pictures of the test set that looks|look like one in validation",
    "duplicates_across_classes": "picture|pictures that appears|appear in several classes",
    "near_across_classes": "picture|pictures that looks|look like one of another class",
    "duplicates_in_split": "copy|copies of a picture of the same class and split",
    "near_in_split": "picture|pictures that looks|look like another of its|their class and split",
    "suspect": "whose data its|their decoder calls corrupt, or that have a hole",
    "imbalance": f"class|classes with less than 1/{IMBALANCE} of the pictures of the largest",
    "exif_rotation": "turned as its|their EXIF orientation asks",
    "alpha": "transparent, laid over white",
    "sixteen_bit": "more than 8 bits a channel, scaled to 8",
    "narrow": "nearly black: of its|their range of 12 or 16 bits less than an eighth is used",
    "cmyk": "CMYK, converted to RGB",
    "grey_among_colour": "grey, among pictures in colour",
    "animated": "of several frames, of which the first is used",
    "wrong_extension": "of another format than its|their extension says",
    "tiny": f"smaller than {TINY} pixels on one side",
    "extreme_aspect": f"more than {EXTREME_ASPECT:g} times as long as wide",
    "left_out": "left out: hidden, stray or not in a class folder",
    "without_pictures": "folder|folders without pictures, left out",
    "case_twins": "class|classes whose name|names differs|differ from another only in case",
    "grouped": "group|groups, each whole in one split",
    "val_from_train": "taken from train, as the folder has no val",
    "fewer_than_asked": "class|classes with fewer pictures than asked for",
}
"""What each kind of finding says of its pictures, for `saying.said_count`; worst first."""

# Findings that follow from what one file shows; the others need a folder.
NOTED = ("suspect", "exif_rotation", "alpha", "sixteen_bit", "narrow", "cmyk", "animated")


@dataclass(frozen=True)
class Finding:
    """Something that does not stop a study but belongs in its report.

    Attributes:
        kind: A key of `FINDINGS`.
        count: How many pictures (or classes) it concerns.
        pictures: The first `EXAMPLES` of them; of copies, all places in one string.
        share: Of leakage, the share of the validation pictures whose class a network could know by
            heart: that much validation accuracy it could explain, at most.
        paths: What `pictures` names, as paths relative to the folder: one, or all places of a copy.
    """

    kind: str
    count: int
    pictures: tuple[str, ...]
    share: float | None = None
    paths: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)

    @property
    def at_most(self) -> float | None:
        """The share rounded up to a tenth of a point, so that "at most" holds as it is printed."""
        # Ten digits are enough for any count of pictures, and 0.2 stays 0.2.
        return None if self.share is None else math.ceil(round(self.share * 1000, 10)) / 1000


def gather_findings(
    kinds: Mapping[str, Sequence[tuple[str, ...]]], shares: Mapping[str, float] | None = None
) -> tuple[Finding, ...]:
    """Return a finding for each kind of which there is anything, in the order of `FINDINGS`.

    Args:
        kinds: For each kind the paths that it concerns, those of copies together.
        shares: By kind, where there is one.
    """
    return tuple(
        Finding(
            kind,
            len(kinds[kind]),
            tuple(_shown(kind, paths) for paths in kinds[kind][:EXAMPLES]),
            (shares or {}).get(kind),
            tuple(kinds[kind][:EXAMPLES]),
        )
        for kind in FINDINGS
        if kinds.get(kind)
    )


def _shown(kind: str, paths: Sequence[str]) -> str:
    """Return the places of a picture and its copies; a thousand copies fill no page."""
    listed = (" ~ " if kind.startswith("near") else " = ").join(map(printable, paths[:EXAMPLES]))
    return f"{listed} … (+{len(paths) - EXAMPLES:,})" if len(paths) > EXAMPLES else listed


def picture_findings(seen: Mapping[str, Seen]) -> tuple[Finding, ...]:
    """Return what stands out in single pictures.

    Args:
        seen: By the path to show, which is relative to the folder of the data set.
    """
    kinds: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in FINDINGS}
    colour = any("grey" not in one.notes for one in seen.values())
    for path, one in sorted(seen.items()):
        for kind in (note for note in one.notes if note in NOTED):
            kinds[kind].append((path,))
        if "grey" in one.notes and colour:
            kinds["grey_among_colour"].append((path,))
        if f".{path.rpartition('.')[2].lower()}" not in FORMATS[one.format]:
            kinds["wrong_extension"].append((path,))
        if min(one.width, one.height) < TINY:
            kinds["tiny"].append((path,))
        if max(one.width, one.height) > EXTREME_ASPECT * min(one.width, one.height):
            kinds["extreme_aspect"].append((path,))
    return gather_findings(kinds)


def fold_findings(folds: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Return what the folds share with the pictures that their networks are trained on.

    Args:
        folds: What stands out with each fold as val: its leakage counts, one fold after the other.
    """
    found = []
    for kind in ("leakage", "near_leakage"):
        each = [one for of_fold in folds for one in of_fold if one.kind == kind]
        if each:
            share = sum(one.share or 0.0 for one in each) / len(folds)
            pictures = tuple(it for one in each for it in one.pictures)[:EXAMPLES]
            paths = tuple(it for one in each for it in one.paths)[:EXAMPLES]
            found.append(Finding(kind, sum(one.count for one in each), pictures, share, paths))
    return tuple(found)


def balance_findings(counts: Mapping[str, Mapping[str, int]]) -> tuple[Finding, ...]:
    """Return which classes are small beside the largest of their split.

    Args:
        counts: For each split, how many pictures each class has.
    """
    small = [
        (f"{split}/{name}: {count} of {max(of_class.values())}",)
        for split, of_class in counts.items()
        for name, count in of_class.items()
        if count * IMBALANCE < max(of_class.values()) >= COUNTED
    ]
    return gather_findings({"imbalance": small})
