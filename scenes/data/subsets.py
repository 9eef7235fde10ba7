"""Smaller data sets out of one: some pictures of each class, or none that leak.

In: a checked `Dataset`. Out: another one, whose fingerprint and findings are its own.
"""

from collections.abc import Sequence
from dataclasses import replace

from scenes.data.division import Picture, by_label, divide, draw, in_order
from scenes.data.duplicates import leaked
from scenes.data.findings import Finding, gather_findings
from scenes.data.folder import Dataset
from scenes.errors import DataError
from scenes.system.formatting import printable


def take_per_class(
    dataset: Dataset, *, train: int | None, val: int | None, seed: int = 0
) -> Dataset:
    """Return a data set with at most so many pictures of each class.

    The choice is seeded, depends on contents and paths alone, and grows: a smaller one is a
    subset of a larger one. A test split stays whole.

    Args:
        dataset: What to choose from.
        train: How many of each class in train; None takes all.
        val: How many of each class in val; None takes all.
        seed: Another seed, another choice.

    Raises:
        DataError: Fewer than one picture is asked for.
    """
    wanted = {"train": train, "val": val}
    if wrong := [f"{split}: got {n}" for split, n in wanted.items() if n is not None and n < 1]:
        raise DataError("At least one picture of each class must be taken.", wrong)
    splits = {
        split: _take(members, wanted.get(split), seed) for split, members in dataset.splits.items()
    }
    short = [
        f"{split}/{name}: {count} of {n}"
        for split, n in wanted.items()
        for name, count in dataset.counts(split).items()
        if n is not None and count < n
    ]
    # What was asked for before is no matter of this choice.
    notes = [one for one in dataset.notes if one.kind != "fewer_than_asked"]
    if short:
        notes.append(Finding("fewer_than_asked", len(short), tuple(map(printable, short))))
    return replace(dataset, splits=splits, notes=tuple(notes))


def _take(members: Sequence[Picture], n: int | None, seed: int) -> tuple[Picture, ...]:
    chosen = [
        picture
        for of_class in by_label(members).values()
        for picture in sorted(of_class, key=lambda one: draw(seed, one))[:n]
    ]
    return in_order(chosen)


def hold_out_test(dataset: Dataset, *, share: float, seed: int) -> Dataset:
    """Return a data set with a test split that is taken from its training pictures.

    Which pictures are taken depends on the seed and the contents alone, class by class; copies of
    one content, and pictures of one group, stay together.

    Args:
        dataset: Without a test split.
        share: Of the pictures of train and val together, between 0 and 1.
        seed: Another seed, another choice.

    Raises:
        DataError: There is a test split already, or too few pictures are left to train on.
    """
    if "test" in dataset.splits:
        raise DataError(
            "The pictures have a test split of their own; it is never drawn anew.",
            [f"[data] test = {share:g} asks for another one"],
            "Remove test from [data], or the test split from the pictures.",
        )
    rest: tuple[Picture, ...] = dataset.splits["train"]
    test: tuple[Picture, ...] = ()
    of_train = share * (len(rest) + len(dataset.splits["val"])) / len(rest)
    if of_train < 1:
        rest, test = divide(rest, seed=seed, val_share=of_train)
    held = replace(dataset, splits={**dataset.splits, "train": rest, "test": test})
    short = [
        f"{split}/{printable(name)}: none left"
        for split in ("train", "test")
        for name, count in held.counts(split).items()
        if not count
    ]
    if short:
        hint = "Take a smaller share, or add pictures."
        raise DataError(f"[data] test = {share:g} cannot be set aside.", short, hint)
    return held


def without_leaks(dataset: Dataset) -> Dataset:
    """Return a data set whose train has no picture that is, or looks like, one outside it.

    Raises:
        DataError: Nothing would be left of a class in train.
    """
    paths = leaked(dataset.places())
    train = tuple(one for one in dataset.splits["train"] if one.path.as_posix() not in paths)
    smaller = replace(dataset, splits={**dataset.splits, "train": train})
    if empty := [printable(name) for name, count in smaller.counts("train").items() if not count]:
        raise DataError(
            "Without what is in val or test as well, classes have no picture in train.",
            [
                f"{name}: all of its pictures are, or look like, pictures outside train"
                for name in empty
            ],
            "Split the folder anew, or go on with them: without --drop-duplicates.",
        )
    dropped = gather_findings({"dropped": [(path,) for path in sorted(paths)]}) if paths else ()
    return replace(smaller, notes=(*dataset.notes, *dropped))
