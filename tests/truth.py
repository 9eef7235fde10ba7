"""Whether anything that a document prints is false: each number, verdict and sentence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import independent as own
from own_sentences import check_own
from sentences import Teller, check, read_language
from worlds import Printed


@dataclass
class Tally:
    """What was checked of a document, and what proved false.

    Attributes:
        checked: How many numbers, verdicts and sentences.
        unchecked: Sentences that nothing checks, by their text.
        own: Sentences of the authors that were checked, by their wording.
        false: What is false, as a line.
    """

    checked: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)

    def note(self, kind: str, is_true: bool, what: str) -> None:
        """Count a check, and keep what is false."""
        self.checked[kind] += 1
        if not is_true:
            self.false.append(f"{kind}: {what}")


def check_document(printed: Printed, root: Path, catalogue: Path, tally: Tally) -> None:
    """Check all that a document prints against the files of its runs."""
    language = read_language(catalogue)
    studies = {study.name: study for study in own.read_studies(root)}
    tellers = {name: Teller(study, language) for name, study in studies.items()}
    opened = own.read_openings(root)
    for name, text in printed.facts:
        for teller, key, measure in _measured(name, tellers):
            value = teller.study.value(key)
            is_true = teller.is_printed(text, measure, value.mean(measure))
            tally.note("number", is_true, f"{name} is not {text}")
    for judged in printed.judged:
        verdict = judged.verdict
        if verdict.study not in studies:
            found = own.judge_test(opened[1], verdict.claim)
        else:
            found = own.judge(studies[verdict.study], verdict.claim)
        if found is not None:
            told = f"{verdict.study}: {verdict.claim} is {found}, not {verdict.status}"
            tally.note("verdict", found == verdict.status, told)
    for study, sentence in printed.sentences:
        if (mine := check_own(sentence, study, tellers)) is not None:
            tally.own[mine[0].english] += 1
            tally.note("sentence", mine[1], f"{study}: {sentence}")
            continue
        is_true_of = check(sentence, study, tellers, opened)
        if is_true_of is None:
            tally.unchecked[sentence] += 1
        else:
            tally.note("sentence", is_true_of, f"{study}: {sentence}")


def _measured(name: str, tellers: dict[str, Teller]) -> Iterator[tuple[Teller, str, str]]:
    """Yield the value and the measure that a fact's name tells of, where it is one of those."""
    for study, teller in tellers.items():
        for value in teller.study.done:
            measure = name.removeprefix(f"{study}.{value.key}.")
            if measure != name and measure in own.MEASURED and measure != "seconds":
                yield teller, value.key, measure
