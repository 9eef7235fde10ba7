"""What a reader found where the pictures of a data set are: paths by split and class, unread."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from scenes.data.findings import EXAMPLES, Finding
from scenes.system.formatting import printable

Parts = Mapping[str, Mapping[str, Sequence[Path]]]
"""Split -> class -> paths relative to the folder."""
UNSPLIT = ""  # the part that is in no split
MOST_OF_A_KIND = 20
"""Problems of one kind that are told."""
MOST_NAMED = 1000
"""Bad files that a message names: 100,000 would only push the first ones away."""


@dataclass
class Scan:
    """What a reader found; paths are relative to the root.

    Attributes:
        root: The folder that holds the files.
        reader: What it was read as, in words: "class folders", "table labels.csv".
        parts: The pictures to look at.
        groups: The group of each picture that has one; no group may be in two splits.
        bad: Files that are known to be unusable without a look.
        problems: What is wrong with the layout.
        left_out: What looks like a picture and is not used.
        bare: Folders without pictures where classes are expected; they are no classes.
    """

    root: Path
    reader: str
    parts: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    groups: dict[Path, str] = field(default_factory=dict)
    bad: dict[Path, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)
    bare: list[Path] = field(default_factory=list)

    def paths(self) -> list[Path]:
        """Return every picture to look at."""
        return [path for part in self.parts.values() for paths in part.values() for path in paths]

    def without(self, bad: Mapping[Path, str]) -> Parts:
        """Return the parts less the bad files."""
        if not bad:
            return self.parts
        return {
            split: {name: [path for path in paths if path not in bad] for name, paths in it.items()}
            for split, it in self.parts.items()
        }

    @property
    def classes(self) -> set[str]:
        """The names of the classes of all splits."""
        return {name for part in self.parts.values() for name in part}

    @property
    def is_data_set(self) -> bool:
        """Whether there are classes, and nothing speaks against them."""
        return not self.problems and len(self.classes) > 1

    def findings(self) -> list[Finding]:
        """Return what does not stop a study."""
        twins = [name for part in self.parts.values() for name in case_twins(part)]
        kinds = {
            "left_out": [*map(printable, self.left_out)],
            "without_pictures": [*map(printable, self.bare)],
            "case_twins": sorted(set(twins)),
        }
        return [
            Finding(kind, len(what), tuple(what[:EXAMPLES])) for kind, what in kinds.items() if what
        ]


def bad_files(bad: Mapping[Path, str]) -> list[str]:
    """Return a line for each bad file; of very many the rest are counted."""
    lines = [f"{printable(path)}: {cause}" for path, cause in sorted(bad.items())[:MOST_NAMED]]
    if len(bad) > MOST_NAMED:
        lines.append(f"… and {len(bad) - MOST_NAMED:,} more files")
    return lines


def first_of(problems: Sequence[str], what: str) -> list[str]:
    """Return the first problems of a kind; of the others only how many there are.

    Args:
        problems: A line each.
        what: They are about: rows, classes.
    """
    more = len(problems) - MOST_OF_A_KIND
    return [*problems[:MOST_OF_A_KIND], *([f"… and {more:,} more such {what}"] * (more > 0))]


def case_twins(part: Iterable[str]) -> list[str]:
    """Return the classes whose names differ from another's only in case."""
    times = Counter(map(folded, part))
    return [printable(name) for name in part if times[folded(name)] > 1]


def nfc(name: str) -> str:
    """Return a name with its accents as Linux and Windows write them; macOS may write others."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """Return what macOS and Windows take for the same name."""
    return nfc(name).casefold()


def unsafe(value: str) -> str | None:
    """Return why a path from a table or a loader is not taken; None where it is."""
    windows = PureWindowsPath(value)
    if PurePosixPath(value).is_absolute() or windows.drive or windows.root:
        return "is an absolute path; write paths relative to the folder of the table"
    if ".." in windows.parts:
        return "leads out of the folder of the table; lay the table above the pictures"
    return "has a name that no system can store" if "\0" in value else None
