"""The prose of a document: the text of its pages in, sentences out, and how two of them differ."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from scenes.evidence.text_diff import words_of

ALIKE = 0.5
"""Share of the words that a sentence keeps when it is the same one, changed."""
LONGEST, MOST = 400, 4000
"""Words of a sentence and sentences of a document that are compared: a thesis has fewer. What
anybody may send must not keep a comparison busy for hours."""
MOST_PAIRS = 40_000
"""Pairs of sentences that are compared word by word within one passage."""
_END = re.compile(r"(?<=[.!?…])[”»\"')\]]*\s+(?=[¿¡“«(\"']?[^\W\d_a-zà-öø-ÿ])")
_NUMBER = re.compile(r"\d+(?:[.,\u202f\u00a0 ]\d+)*")
SentenceKind = Literal["number", "words", "removed", "added"]


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in a document, and its page."""

    text: str
    page: int


@dataclass(frozen=True)
class Rewording:
    """How a sentence differs between two documents.

    Attributes:
        kind: Its numbers alone, its words, or only one document has it.
        before, after: The sentences; None where a document lacks it.
    """

    kind: SentenceKind
    before: Sentence | None
    after: Sentence | None

    @property
    def marked(self) -> list[tuple[Literal["same", "removed", "added"], str]]:
        """The words of both, each passage with the document that has it."""
        return list(_mark(self.before, self.after))


def sentences_of(pages: Sequence[str]) -> list[Sentence]:
    """Return the sentences of the text of pages; a running title or page number is none."""
    repeated = _running_lines(pages)
    found = []
    for number, page in enumerate(pages, 1):
        lines = [line.strip() for line in page.splitlines()]
        kept = [line for line in lines if not line.isdigit() and line not in repeated]
        text = " ".join(words_of("\n".join(kept)))
        for one in _END.split(text):
            words = one.split()
            pieces = (words[start : start + LONGEST] for start in range(0, len(words), LONGEST))
            found += [Sentence(" ".join(piece), number) for piece in pieces]
    return found[:MOST]


def _running_lines(pages: Sequence[str]) -> set[str]:
    """Return the lines that stand at the top or bottom of most pages."""
    lines = Counter[str]()
    for page in pages:
        own = [line.strip() for line in page.splitlines() if line.strip()]
        lines.update({*own[:2], *own[-2:]})
    return {line for line, count in lines.items() if count > max(2, len(pages) / 2)}


def skeleton(text: str) -> str:
    """Return a sentence without its numbers."""
    return _NUMBER.sub("#", text)


def compare_sentences(before: Sequence[Sentence], after: Sequence[Sentence]) -> Iterator[Rewording]:
    """Yield the sentences that differ, in the order of the text."""
    first, second = ([skeleton(one.text) for one in side] for side in (before, after))
    for kind, i, j, k, m in SequenceMatcher(None, first, second).get_opcodes():
        if kind == "equal":
            for one, other in zip(before[i:j], after[k:m], strict=True):
                if one.text != other.text:
                    yield Rewording("number", one, other)
        else:
            yield from _pair(before[i:j], after[k:m])


def _pair(before: Sequence[Sentence], after: Sequence[Sentence]) -> Iterator[Rewording]:
    """Yield the sentences of a passage, those that are alike side by side and in order."""
    start = 0
    bags = [Counter(one.text.split()) for one in after]
    is_compared = len(before) * len(after) <= MOST_PAIRS
    for one in before:
        bag = Counter(one.text.split())
        rest = range(start, len(after)) if is_compared else range(0)
        best = max(rest, key=lambda it: _likeness(bag, bags[it]), default=None)
        if best is None or _likeness(bag, bags[best]) < ALIKE:
            yield Rewording("removed", one, None)
            continue
        yield from (Rewording("added", None, other) for other in after[start:best])
        yield Rewording("words", one, after[best])
        start = best + 1
    yield from (Rewording("added", None, other) for other in after[start:])


def _likeness(first: Counter[str], second: Counter[str]) -> float:
    return 2 * (first & second).total() / (first.total() + second.total())


def _mark(
    before: Sentence | None, after: Sentence | None
) -> Iterator[tuple[Literal["same", "removed", "added"], str]]:
    first = before.text.split() if before else []
    second = after.text.split() if after else []
    for kind, i, j, k, m in SequenceMatcher(None, first, second).get_opcodes():
        if kind == "equal":
            yield "same", " ".join(first[i:j])
            continue
        if j > i:
            yield "removed", " ".join(first[i:j])
        if m > k:
            yield "added", " ".join(second[k:m])
