"""Which column of a table of pictures says what, and what such a table is about.

In: the names and values of the columns. Out: where path, label, split and group stand; or the
words why it is no table of one label a picture: multi-label, regression, detection.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenes.data.splits import READ_SUFFIXES, resembled, split_of
from scenes.system.formatting import printable

ROLES: Mapping[str, tuple[str, ...]] = {
    "path": (
        *("path", "file", "filename", "file_name", "filepath", "filepaths", "file_path"),
        *("image", "image_path", "image_file", "image_name", "image_id", "image_index", "imageid"),
        *("img", "img_path", "picture", "id", "id_code"),
    ),
    "label": (
        *("label", "labels", "class", "class_name", "label_name", "category", "target", "y"),
        *("class_id", "classid"),
    ),
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
SWITCHES = "a column of 0 and 1 for each class"
ONE_HOT = (
    f"{SWITCHES}, one of them 1 in each row (one-hot); write its name into a column label:"
    " table['label'] = table[[…]].idxmax(axis=1)"
)
PIXELS = (
    "holds the pixels of the pictures, which are not read from a table; save them in .npz:"
    " np.savez('data.npz', x=pixels.reshape(-1, height, width).astype('uint8'), y=labels)"
)
REGRESSION = "gives fractions, which are measurements and no classes: regression is not done here"
COUNTS = (
    "gives most pictures a number of their own, which are measurements and no classes: regression"
    " is not done here"
)
FOLDS = frozenset(("fold", "folds", "fold_id", "kfold", "k_fold", "cv_fold"))
"""Columns that divide the pictures without naming train, val or test."""


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
        role: [i for name in known for i, word in enumerate(words) if word == name]
        for role, known in ROLES.items()
    }
    if marks := [printable(name) for name, it in zip(names, words, strict=True) if it in BOXES]:
        return (f"column {', '.join(marks)} {DETECTION}",)
    paths = found["path"] or [i for i in (0,) if _hold_pictures(row[i] for row in rows)]
    labels = [i for i in found["label"] if i not in paths[:1]]
    if not paths:
        if pixels := [name for name, it in zip(names, words, strict=True) if _is_pixels(it)]:
            return (f"column {listed(pixels)} {PIXELS}",)
        return (f"no column names the pictures; there are {listed(names)}, and one must be path",)
    if not labels:
        used = {paths[0], *found["split"], *found["group"]}
        others = [i for i in range(len(names)) if i not in used]
        if problem := _about_switches([row[i] for i in others] for row in rows):
            return (problem,)
        labels = [i for i in others if len(others) == 1 and _hold_names(row[i] for row in rows)]
        if not labels or _own_split(names, words, rows, {paths[0]}):
            return (f"no column is the label; there are {listed(names)}, and one must be label",)
    paths = [i for i in paths if words[i] == words[paths[0]]]
    for role, candidates in {**found, "path": paths, "label": labels}.items():
        if twins := _apart(candidates, rows):
            several = listed([names[i] for i in twins])
            return (f"{several} could each be the {role}; keep one of them",)
    if not found["split"] and (problem := _own_split(names, words, rows, {paths[0], *labels})):
        return (problem,)
    label = next((i for i in labels if not all(row[i].isdigit() for row in rows)), labels[0])
    if problem := about_labels(row[label] for row in rows if not has_control(row[label])):
        return (f"column {printable(names[label])} {problem}",)
    return Columns(paths[0], label, *(next(iter(found[role]), None) for role in ("split", "group")))


def about_labels(labels: Iterable[str]) -> str | None:
    """Return why labels are no classes, to be read after their column; None where they may be."""
    given = list(labels)
    distinct = set(given)
    if any(_is_fraction(label) for label in distinct):
        return REGRESSION
    if any(map(_is_list, distinct)) or _are_joined(distinct):
        return MULTI_LABEL
    if any(_is_fraction(label.replace(",", ".")) for label in distinct):
        return REGRESSION
    numbers = all(re.fullmatch(r"-?\d+", label) for label in distinct)
    return COUNTS if numbers and len(distinct) > max(8, len(given) / 2) else None


def _own_split(
    names: Sequence[str], words: Sequence[str], rows: Sequence[Sequence[str]], used: set[int]
) -> str | None:
    """Return what to do with a column that divides the pictures in other words than `split`."""
    for i, word in enumerate(words):
        values = {row[i] for row in rows} - {""}
        is_flag = word.startswith("is_") and bool(resembled(word))
        is_split = len(values) > 1 and all(split_of(it) or _resembles(it) for it in values)
        if i not in used and (word in FOLDS or is_flag or is_split):
            return (
                f"column {printable(names[i])} divides the pictures in a form that is not read;"
                " write train, val or test into a column split, or take the column out"
            )
    return None


def _resembles(value: str) -> bool:
    return bool(resembled(value)) and not re.search(r"[./\\]", value)


def _about_switches(rows: Iterable[Iterable[str]]) -> str | None:
    """Return what rows are that say yes or no, of two things or more; None where they do not."""
    ons, offs = {"1", "1.0", "true"}, {"0", "0.0", "-1", "-1.0", "false"}
    is_one_hot = True
    for row in rows:
        cells = [cell.casefold() for cell in row]
        if len(cells) < 2 or not ons | offs >= set(cells):
            return None
        is_one_hot = is_one_hot and sum(cell in ons for cell in cells) == 1
    return ONE_HOT if is_one_hot else f"{SWITCHES} {MULTI_LABEL}"


def _hold_names(values: Iterable[str]) -> bool:
    """Return whether texts may be the names of classes: no numbers, and few for many pictures."""
    given = [value for value in values if value]
    return len(set(given)) <= len(given) / 2 and not any(
        re.fullmatch(r"[-+]?[\d.,]+", it) for it in set(given)
    )


def _is_pixels(word: str) -> bool:
    return bool(re.fullmatch(r"pixels|pix(el)?_?\d+(_?x_?\d+)?", word))


def _are_joined(distinct: Iterable[str]) -> bool:
    """Return whether labels are made of others: `cat|dog`, `cat,dog`, `haze primary water`."""
    labels = {label for label in distinct if label}
    if any(re.search(r"\w\s*[|;]\s*\w", label) for label in labels):
        return True
    if all(re.fullmatch(r"[-+]?\d+(,\d+)?", label) for label in labels):
        return False  # decimal commas
    tight = {part for label in labels if re.search(r"\S,\S", label) for part in label.split(",")}
    if tight & labels:
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
    return bool(re.fullmatch(r"\[[^][]*\]|\{[^{}]*\}|\[\[.*\]\]", label))


def has_control(label: str) -> bool:
    """Return whether a label has a line break or a control character, as of a quote left open."""
    return any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in label)


def _apart(labels: Sequence[int], rows: Sequence[Sequence[str]]) -> Sequence[int]:
    """Return the columns, unless they say the same in other words."""
    first, *others = labels or (0,)
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
