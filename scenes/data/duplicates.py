"""Which pictures of a data set are the same, byte by byte, and which look the same.

In: the pictures of every split, with the hash of their bytes and of what they show. Out: findings,
above all of leakage: pictures by which a network is judged and which it has seen while training,
or by which it was chosen before it is tested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scenes.data.findings import FINDINGS, Finding, gather_findings
from scenes.data.perceptual_hash import near_pairs

LEAKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "leakage": ("train", ("val", "test")),
    "test_leakage": ("val", ("test",)),
}
"""By kind: the split that a network or its choice has seen, and those that must not share it."""


class Place(NamedTuple):
    """A picture where it stands; they sort by split, class and path.

    Attributes:
        split: "train", "val" or "test".
        label: Index of its class.
        path: As it is shown.
        sha256: Of its bytes.
        likeness: Its perceptual hash, if it has one.
    """

    split: str
    label: int
    path: str
    sha256: str
    likeness: int | None = None


def copy_findings(places: Iterable[Place]) -> tuple[Finding, ...]:
    """Return which pictures are there more than once, or look like another.

    Returns:
        "duplicates_in_split" counts the copies beyond the first, "duplicates_across_classes" the
        contents that stand in several classes, "leakage" the pictures of other splits whose
        content is also in train, "test_leakage" those of test that are also in val. The kinds that
        begin with "near" count pictures that are none of these and look like an earlier one;
        `near_leakage` like one in train, `near_test_leakage` one of test like one in val.
    """
    ordered = sorted(places)
    kinds: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in FINDINGS}
    by_heart: dict[str, int] = {"leakage": 0, "near_leakage": 0}
    for kind, together in [*_copies(ordered), *_look_alikes(ordered)]:
        kinds[kind].append(tuple(place.path for place in together))
        if kind in by_heart:
            one, other = together
            by_heart[kind] += one.split == "val" and one.label == other.label
    validation = sum(place.split == "val" for place in ordered) or 1
    return gather_findings(
        kinds, {kind: known / validation for kind, known in by_heart.items() if kinds[kind]}
    )


def leaked(places: Iterable[Place]) -> set[str]:
    """Return the paths in train of pictures that are, or look like, one outside train."""
    ordered = sorted(places)
    outside = {place.sha256 for place in ordered if place.split != "train"}
    found = {place.path for place in ordered if place.split == "train" and place.sha256 in outside}
    alike = _Alike(ordered)
    for place in ordered:
        if place.split == "train" and any(other.split != "train" for other in alike.to(place)):
            found.add(place.path)
    return found


def _copies(ordered: Sequence[Place]) -> Iterator[tuple[str, Sequence[Place]]]:
    """Yield (kind, places) of the same bytes at several places."""
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in ordered:
        groups[place.sha256].append(place)
    for group in (group for group in groups.values() if len(group) > 1):
        if len({place.label for place in group}) > 1:
            yield "duplicates_across_classes", group
        first: dict[tuple[str, int], Place] = {}
        for place in group:
            original = first.setdefault((place.split, place.label), place)
            if place is not original:
                yield "duplicates_in_split", (place, original)
        yield from _leaks(group)


def _leaks(group: Sequence[Place]) -> Iterator[tuple[str, Sequence[Place]]]:
    for kind, (source, splits) in LEAKS.items():
        known = [place for place in group if place.split == source]
        for place in group if known else ():
            if place.split in splits:
                # One of its own class, where there is one: that is what can be known by heart.
                other = next((one for one in known if one.label == place.label), known[0])
                yield kind, (place, other)


def _look_alikes(ordered: Sequence[Place]) -> Iterator[tuple[str, Sequence[Place]]]:
    """Yield (kind, places) of different bytes that look the same."""
    copied = {
        f"near_{kind}": {place.sha256 for place in ordered if place.split == source}
        for kind, (source, _) in LEAKS.items()
    }
    alike = _Alike(ordered)
    for place in ordered:
        told: set[str] = set()
        for other in alike.to(place):
            for kind in _relations(place, other):
                # Byte-identical leaks are reported as such.
                if kind not in told and place.sha256 not in copied.get(kind, ()):
                    told.add(kind)
                    yield kind, (place, other)


def _relations(place: Place, other: Place) -> Iterator[str]:
    for kind, (source, splits) in LEAKS.items():
        if place.split in splits and other.split == source:
            yield f"near_{kind}"
    if other < place:  # once for the two of them
        if place.label != other.label:
            yield "near_across_classes"
        elif place.split == other.split:
            yield "near_in_split"


class _Alike:
    """Finds the pictures that look like one; of many in one split and class the first two."""

    def __init__(self, ordered: Sequence[Place]) -> None:
        self._firsts: dict[int, dict[tuple[str, int], list[Place]]] = defaultdict(dict)
        for place in ordered:
            if place.likeness is not None:
                firsts = self._firsts[place.likeness].setdefault((place.split, place.label), [])
                if len(firsts) < 2 and place.sha256 not in {one.sha256 for one in firsts}:
                    firsts.append(place)
        self._near: Mapping[int, list[int]] = self._neighbours(sorted(self._firsts))

    @staticmethod
    def _neighbours(hashes: Sequence[int]) -> dict[int, list[int]]:
        near: dict[int, list[int]] = {}
        for one, other in near_pairs(hashes):
            near.setdefault(hashes[one], [hashes[one]]).append(hashes[other])
            near.setdefault(hashes[other], [hashes[other]]).append(hashes[one])
        return near

    def to(self, place: Place) -> list[Place]:
        """Return what looks like a picture and is another file's content, its own class first."""
        if place.likeness is None:
            return []
        found = (
            other
            for value in self._near.get(place.likeness, (place.likeness,))
            for firsts in self._firsts[value].values()
            for other in firsts
            if other.sha256 != place.sha256
        )
        return sorted(found, key=lambda other: (other.label != place.label, other))
