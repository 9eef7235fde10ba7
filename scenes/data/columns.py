"""Which column of a table of pictures says what, and what such a table is about.

In: the names and values of the columns. Out: where path, label, split and group stand; or the
words why it is no table of one label a picture: multi-label, regression, detection.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenes.data.splits import READ_SUFFIXES
from scenes.system.formatting import printable

ROLES: Mapping[str, tuple[str, ...]] = {
    "path": (
        *("path", "file", "filename", "file_name", "filepath", "filepaths", "file_path"),
        *("image", "image_path", "image_file", "image_name", "image_id", "img", "img_path"),
        *("picture", "id"),
    ),
    "label": ("label", "labels", "class", "class_name", "label_name", "category", "target", "y"),
    "split": ("split", "set", "data_set", "subset", "partition"),
    "group": ("group", "groups", "group_id", "patient", "patient_id", "subject", "subject_id"),
}
"""What the columns may be called, in any case, with any sign between the words."""

BOXES = frozenset(
    ("bbox", "bboxes", "box", "boxes", "objects", "xmin", "ymin", "xmax", "ymax", "annotations")
)
"""Columns that say where in a picture something is."""

DETECTION = "marks places in pictures: object detection is not done here, only one label a picture"
MULTI_LABEL = (
    "gives several labels to a picture: multi-label sets are not read, only one label a picture"
)
REGRESSION = "gives fractions, which are measurements and no classes: regression is not done here"


@dataclass(frozen=True)
class Columns:
    """Where in a row each thing stands; None for what the table does not say."""

    path: int
    label: int
    split: int | None = None
    group: int | None = None


def find_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns | tuple[str, ...]:
    """Return where things stand in a table, or what is wrong with it, to be read after its name.

    Args:
        names: Of the columns.
        rows: All of them as long as the names.
    """
    words = [plain(name) for name in names]
    found = {
        role: [words.index(word) for word in known if word in words]
        for role, known in ROLES.items()
    }
    if marks := [printable(name) for name, it in zip(names, words, strict=True) if it in BOXES]:
        return (f"column {', '.join(marks)} {DETECTION}",)
    paths = found["path"] or [i for i in (0,) if _hold_pictures(row[i] for row in rows)]
    labels = [i for i in found["label"] if i not in paths[:1]]
    if not paths:
        return (f"no column names the pictures; there are {listed(names)}, and one must be path",)
    if not labels:
        used = {paths[0], *found["split"], *found["group"]}
        others = [i for i in range(len(names)) if i not in used]
        if len(others) > 1 and all(
            row[i] in ("0", "1", "0.0", "1.0") for row in rows for i in others
        ):
            return (f"a column of 0 and 1 for each class {MULTI_LABEL}",)
        return (f"no column is the label; there are {listed(names)}, and one must be label",)
    if len(labels) > 1 and (twins := _apart(labels, rows)):
        return (f"{listed([names[i] for i in twins])} could each be the label; keep one of them",)
    label = next((i for i in labels if not all(row[i].isdigit() for row in rows)), labels[0])
    if problem := about_labels([row[label] for row in rows]):
        return (f"column {printable(names[label])} {problem}",)
    return Columns(paths[0], label, *(next(iter(found[role]), None) for role in ("split", "group")))


def about_labels(labels: Iterable[str]) -> str | None:
    """Return why labels are no classes, to be read after their column; None where they may be."""
    distinct = set(labels)
    if any(_is_fraction(label) for label in distinct):
        return REGRESSION
    return MULTI_LABEL if any(map(_is_list, distinct)) or _are_joined(distinct) else None


def _are_switches(rows: Iterable[Sequence[str]]) -> bool:
    """Return whether all that is left of the rows is 0 and 1, for two things or more."""
    return all(len(row) > 1 and set(row) <= {"0", "1", "0.0", "1.0"} for row in rows)


def _are_joined(distinct: Iterable[str]) -> bool:
    """Return whether labels are made of others: `cat|dog`, `cat,dog`, `haze primary water`."""
    labels = {label for label in distinct if label}
    if any(re.search(r"\w\s*[|;]\s*\w", label) for label in labels):
        return True
    commas = [re.split(r"\s*,\s*", label) for label in labels]
    # A name may have a comma: `tabby, tabby cat`. Joined labels share all of their parts.
    times = Counter(part for parts in commas for part in set(parts))
    joined = [parts for parts in commas if len(parts) > 1]
    if joined and all(times[part] > 1 for parts in joined for part in parts):
        return True
    words = {word for label in labels for word in label.split()}
    return len(labels) > max(8, 2 * len(words))


def _is_fraction(label: str) -> bool:
    number = re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?", label, re.IGNORECASE)
    return bool(number) and not float(label).is_integer()


def _is_list(label: str) -> bool:
    return bool(re.fullmatch(r"\[.*\]|\{.*\}", label, re.DOTALL))


def _apart(labels: Sequence[int], rows: Sequence[Sequence[str]]) -> Sequence[int]:
    """Return the columns, unless they say the same in other words."""
    first, *others = labels
    same = all(
        len({(row[first], row[other]) for row in rows})
        == len({row[first] for row in rows})
        == len({row[other] for row in rows})
        for other in others
    )
    return () if same else labels


def _hold_pictures(values: Iterable[str]) -> bool:
    some = list(values)
    return bool(some) and all(Path(value).suffix.lower() in READ_SUFFIXES for value in some)


def plain(name: str) -> str:
    """Return the words of a column's name as `ROLES` has them."""
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


def listed(names: Sequence[str]) -> str:
    """Return the first names of many, for a message."""
    shown = ", ".join(printable(name) or "(no name)" for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
