"""Sentences are read from pages, and where two documents word them otherwise, words are marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.evidence.sentences import LONGEST, MOST, Sentence, compare_sentences, sentences_of

PAGES = [
    "A report\r\n1\r\nThe rate mat\x02\r\nters. It is 0.5, not 1.5!\r\n“Why?” ¿Qué pasa? Ñu\r\n",
    "A report\r\n2\r\nÉl dijo 3. y nada más.\r\n",
    "A report\r\n3\r\nDr. nobody. End",
]


def test_sentences_are_read_from_pages() -> None:
    """Words that a line end cuts are whole, numbers stay, running titles and numbers go."""
    assert sentences_of(PAGES) == [
        Sentence("The rate matters.", 1),
        Sentence("It is 0.5, not 1.5!", 1),
        Sentence("“Why?", 1),
        Sentence("¿Qué pasa?", 1),
        Sentence("Ñu", 1),
        Sentence("Él dijo 3. y nada más.", 2),
        Sentence("Dr. nobody.", 3),
        Sentence("End", 3),
    ]


def test_no_document_keeps_a_comparison_busy() -> None:
    """A page of one endless sentence, or of the same one again and again, is cut."""
    endless, repeated = sentences_of(["x " * 100_000]), sentences_of(["A. " * 100_000])
    assert [len(one.text.split()) for one in endless] == [LONGEST] * 250
    assert len(repeated) == MOST
    assert [one.kind for one in compare_sentences(repeated, repeated[1:])] == ["removed"]
    assert {one.kind for one in compare_sentences(endless, repeated)} == {"removed", "added"}


def texts(*found: str) -> list[Sentence]:
    """Return sentences of one page."""
    return [Sentence(one, 1) for one in found]


TWO = texts("The rate of 8 wins by far.", "We stop here.")
CHANGES = [
    (TWO, []),
    (texts("The rate of 16 wins by far.", "We stop here."), ["number"]),
    (texts("The rate of 1,024.5 wins by far.", "We stop here."), ["number"]),
    (texts("The rate of 8 loses by far.", "We stop here."), ["words"]),
    (texts("We stop here."), ["removed"]),
    (texts("The rate of 8 wins by far."), ["removed"]),
    (texts(*(it.text for it in TWO), "More."), ["added"]),
    (texts("Before.", *(it.text for it in TWO)), ["added"]),
    (texts("Nothing is alike in this."), ["removed", "removed", "added"]),
    ([], ["removed", "removed"]),
    ([Sentence(it.text, 5) for it in TWO], []),
]


@pytest.mark.parametrize(("after", "kinds"), CHANGES)
def test_a_change_of_a_sentence_has_its_kind(after: list[Sentence], kinds: list[str]) -> None:
    """Numbers alone, words, or a sentence that one document lacks; another page is no change."""
    assert [one.kind for one in compare_sentences(TWO, after)] == kinds


WORDS = st.lists(st.sampled_from("abcdef123"), min_size=1, max_size=6).map(" ".join)
PROSE = st.lists(WORDS, max_size=6)


@given(PROSE, PROSE)
def test_marked_words_give_both_texts_back(before: list[str], after: list[str]) -> None:
    """What is the same and removed is the first text, what is the same and added the second."""
    given, wanted = texts(*before), texts(*after)
    found = list(compare_sentences(given, wanted))
    for one in found:
        for side, kind in ((one.before, "removed"), (one.after, "added")):
            words = [text for what, text in one.marked if what in ("same", kind)]
            assert " ".join(words) == (side.text if side else "")
    changed = [one.before for one in found if one.before]
    assert len(wanted) - len(given) == len([it for it in found if it.after]) - len(changed)
