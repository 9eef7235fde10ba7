"""How pictures are divided into train and val: by class, by group, the same in any folder.

In: pictures with labels, maybe groups, and a seed. Out: two parts, each in a fixed order. Where a
picture goes depends on the seed, the contents and the groups alone.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scenes.data.scan import Parts, nfc
from scenes.errors import DataError
from scenes.system.formatting import printable


@dataclass(frozen=True)
class Picture:
    """One picture of a data set.

    Attributes:
        path: Relative to the folder of the data set.
        label: Index into `Dataset.classes`.
        sha256: Of the bytes of the file.
        group: Of pictures that must not be in two splits; None where it is in none.
    """

    path: Path
    label: int
    sha256: str
    group: str | None = None

    @cached_property
    def name(self) -> str:
        """The path as every system writes it: with `/`, and accents in Unicode's form NFC."""
        return nfc(self.path.as_posix())


Halves = tuple[tuple[Picture, ...], tuple[Picture, ...]]
"""Train and val."""


def draw(seed: int, picture: Picture) -> tuple[str, str]:
    """Return what to sort by: random in the seed, equal for copies, at home in any folder."""
    drawn = hashlib.sha256(f"{seed} {picture.sha256}".encode("ascii")).hexdigest()
    return drawn, picture.name


def by_label(members: Iterable[Picture]) -> dict[int, list[Picture]]:
    """Return the pictures of each class."""
    labels: dict[int, list[Picture]] = {}
    for picture in members:
        labels.setdefault(picture.label, []).append(picture)
    return labels


def in_order(members: Iterable[Picture]) -> tuple[Picture, ...]:
    """Return pictures as a data set holds them: by class and path."""
    return tuple(sorted(members, key=lambda one: (one.label, one.name)))


def torn_groups(parts: Parts, groups: Mapping[Path, str]) -> Iterator[str]:
    """Yield the groups that the user's own splits tear apart."""
    splits: dict[str, set[str]] = {}
    for split, part in parts.items() if groups else ():
        for path in (path for paths in part.values() for path in paths if path in groups):
            splits.setdefault(groups[path], set()).add(split)
    for group, found in sorted(splits.items()):
        if len(found) > 1:
            torn = " and ".join(sorted(found))
            yield f"group {printable(group)}: is in {torn}; a group belongs into one split"


def divide(members: Sequence[Picture], *, seed: int, val_share: float) -> Halves:
    """Assign the pictures of every class to train and val, and no group to both.

    Raises:
        DataError: The groups of a class leave nothing for one of the two.
    """
    share = stratified_split if all(one.group is None for one in members) else grouped_split
    return share(members, seed=seed, val_share=val_share)


def stratified_split(members: Sequence[Picture], *, seed: int, val_share: float) -> Halves:
    """Assign the pictures of every class to train and val, at least one to each.

    Copies of one content within a class stay together, so that splitting makes no leakage; the
    share gives way to that, unless nothing would be left for one of the two.
    """
    train: list[Picture] = []
    val: list[Picture] = []
    for of_class in by_label(members).values():
        drawn = sorted(of_class, key=lambda one: draw(seed, one))
        n = min(max(1, round(len(drawn) * val_share)), len(drawn) - 1)
        while n < len(drawn) - 1 and drawn[n - 1].sha256 == drawn[n].sha256:
            n += 1
        # Copies up to the last picture: they all go to train, unless that leaves none for val.
        while n > 1 and drawn[n - 1].sha256 == drawn[n].sha256:
            n -= 1
        val += drawn[:n]
        train += drawn[n:]
    return in_order(train), in_order(val)


def grouped_split(members: Sequence[Picture], *, seed: int, val_share: float) -> Halves:
    """Assign whole groups to train and val, with nearly the share of every class in val.

    The groups are gone through in an order drawn from the seed; val takes each that brings its
    classes nearer to their shares. A picture without a group is one of its own, with its copies.

    Raises:
        DataError: All pictures of a class are in one group, or groups share classes so that none
            is left for one of the two.
    """
    units = _units(members, seed)
    totals = Counter(picture.label for picture in members)
    wanted = {label: max(1, round(n * val_share)) for label, n in totals.items()}
    counts = {key: Counter(one.label for one in unit) for key, unit in units.items()}
    taken: Counter[int] = Counter()
    val: set[str] = set()

    def cost(key: str) -> int:
        return sum(
            abs(taken[label] + n - wanted[label]) - abs(taken[label] - wanted[label])
            for label, n in counts[key].items()
        )

    def may_go(key: str) -> bool:
        return all(taken[label] + n < totals[label] for label, n in counts[key].items())

    def take(key: str) -> None:
        val.add(key)
        taken.update(counts[key])

    for key in units:
        if may_go(key) and cost(key) < 0:
            take(key)
    for label in sorted(totals):
        if not taken[label]:
            left = [key for key in units if counts[key][label] and may_go(key)]
            if left:
                take(min(left, key=cost))
    if problems := list(_undivided(members, units, taken)):
        raise DataError("The pictures cannot be divided by group.", problems)
    return (
        in_order(one for key, unit in units.items() if key not in val for one in unit),
        in_order(one for key in val for one in units[key]),
    )


def divide_folds(members: Sequence[Picture], *, seed: int, folds: int) -> list[tuple[Picture, ...]]:
    """Assign every picture to one of several parts, each with its share of every class.

    Whole groups, and copies of one content within a class, go to one part: the largest first, each
    to the part that has least of its classes so far.

    Raises:
        DataError: A class has fewer groups or contents than there are parts.
    """
    units = _units(members, seed)
    totals = Counter(picture.label for picture in members)
    counts = {key: Counter(one.label for one in unit) for key, unit in units.items()}
    taken: list[Counter[int]] = [Counter() for _ in range(folds)]
    parts: list[list[Picture]] = [[] for _ in range(folds)]
    for key in sorted(units, key=lambda it: -len(units[it])):

        def load(fold: int, of: Counter[int] = counts[key]) -> tuple[float, int]:
            shares = (n * taken[fold][label] / totals[label] for label, n in of.items())
            return sum(shares), len(parts[fold])

        fold = min(range(folds), key=load)
        parts[fold] += units[key]
        taken[fold].update(counts[key])
    short = [label for label in sorted(totals) if any(not of[label] for of in taken)]
    if short:
        first = {label: next(one for one in members if one.label == label) for label in short}
        raise DataError(
            f"The pictures cannot be divided into {folds} folds.",
            [
                f"the class of {printable(first[label].path)}: its {totals[label]} pictures, with "
                "copies and groups kept together, do not reach every fold"
                for label in short
            ],
            "Ask for fewer folds, or add pictures.",
        )
    return [in_order(part) for part in parts]


def _units(members: Iterable[Picture], seed: int) -> dict[str, list[Picture]]:
    """Return what must stay together, in an order drawn from the seed."""
    units: dict[str, list[Picture]] = {}
    for picture in members:
        own = f"content {picture.label} {picture.sha256}"
        units.setdefault(own if picture.group is None else f"group {picture.group}", []).append(
            picture
        )
    drawn = {key: hashlib.sha256(f"{seed} {key}".encode()).hexdigest() for key in units}
    return {key: units[key] for key in sorted(units, key=drawn.__getitem__)}


def _undivided(
    members: Iterable[Picture], units: Mapping[str, Sequence[Picture]], taken: Mapping[int, int]
) -> Iterator[str]:
    for label, of_class in sorted(by_label(members).items()):
        if not taken.get(label):
            groups = {one.group for one in of_class}
            folder = printable(of_class[0].path)
            some = f"the class of {folder}"
            if len(groups) == 1:
                yield f"{some}: all of its pictures are in group {printable(str(groups.pop()))}"
            else:
                yield f"{some}: its {len(groups)} groups hold all pictures of other classes"
