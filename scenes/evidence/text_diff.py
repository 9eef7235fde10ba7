"""What differs between two texts: words in, the passages that stand in one of them only out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 3
"""Words that are shown on each side of a difference."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class ChangedWords:
    """Words that differ.

    Attributes:
        given: As they stand in the first text.
        expected: As they stand in the second.
        before: The words before them, in both.
    """

    given: str
    expected: str
    before: str

    @property
    def is_number(self) -> bool:
        """Return whether a number differs."""
        return bool(_DIGIT.search(self.given) or _DIGIT.search(self.expected))

    def __str__(self) -> str:
        after = f" (after “{self.before}”)" if self.before else ""
        if not self.given:
            return f"“{self.expected}” is missing{after}"
        if not self.expected:
            return f"“{self.given}” is too much{after}"
        return f"“{self.given}” stands where the records give “{self.expected}”{after}"


def words_of(text: str) -> list[str]:
    """Return the words of an extracted text; one that a line end hyphenates is whole again."""
    return re.sub(r"[\u00ad\u0002\ufffe]\s*|(?<=\w)-\r?\n(?=\w)", "", text).split()


def compare_words(given: list[str], expected: list[str]) -> Iterator[ChangedWords]:
    """Yield the passages in which two texts differ."""
    matcher = SequenceMatcher(None, given, expected, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            before = " ".join(given[max(0, i - AROUND) : i])
            yield ChangedWords(_shown(given[i:j]), _shown(expected[k:m]), before)


def _shown(words: list[str]) -> str:
    text = " ".join(words)
    return text if len(text) <= 120 else text[:120] + "…"
