"""What `check` lists: claims, sentences and perturbations in, lines for a terminal out."""

from collections import Counter
from collections.abc import Iterator, Sequence

from scenes.report.lint.claim_check import Mutations
from scenes.report.lint.guards import Sentence
from scenes.report.markup.claim_tag import BRANCHES, Judged
from scenes.system.formatting import agreed, said_count


def claim_lines(claims: Sequence[Judged]) -> Iterator[str]:
    """Give two lines for each claim: its verdict and place, and the numbers behind it."""
    counts = Counter[str](claim.verdict.status for claim in claims)
    told = ", ".join(f"{counts[status]} {status}" for status in BRANCHES)
    yield f"{said_count(len(claims), 'claim|claims')}: {told}"
    for claim in claims:
        verdict = claim.verdict
        lack = "" if claim.has_branch else f" - NO BRANCH: add {{% {verdict.status} %}}"
        yield f"{verdict.status:13} {verdict.study}: {verdict.claim}  {_place(claim)}{lack}"
        yield f"{'':13} {verdict.reason}"


def sentence_lines(sentences: Sequence[Sentence]) -> Iterator[str]:
    """Say how many sentences a write-up has, and give a line for each that nothing guards."""
    open_ones = [sentence for sentence in sentences if sentence.problem]
    marked = sum(sentence.is_marked for sentence in sentences)
    total = said_count(len(sentences), "sentence|sentences")
    yield f"{total} of prose: {len(open_ones)} unguarded, {marked} marked as opinion or literature"
    yield from (f"UNGUARDED {sentence}" for sentence in open_ones)


def mutation_lines(mutations: Mutations) -> Iterator[str]:
    """Say which claims the perturbed results move, and which they do not."""
    moved = Counter(str(item.moved_by) for item in mutations.tested if item.moved_by is not None)
    total = len(mutations.tested)
    under = said_count(len(mutations.names), "perturbation|perturbations")
    claims, move = said_count(total, "claim|claims"), agreed(moved.total(), "moves|move")
    yield f"{moved.total()} of {claims} {move} under {under}"
    for item in mutations.tested:
        verdict = item.claim.verdict
        if item.moved_by is not None:
            now = item.found[item.moved_by].verdict.status
            yield (
                f"{verdict.status} -> {now} ({item.moved_by})  "
                f"{verdict.study}: {verdict.claim}  {_place(item.claim)}"
            )
    for item in mutations.unmoved:
        verdict = item.claim.verdict
        yield f"NOT MOVED, always {verdict.status}: {verdict.claim}  {_place(item.claim)}"
    for file, line in mutations.unreached:
        yield f"NOT REACHED by any results: {file}:{line}"
    for name, reason in mutations.broken.items():
        yield f"NOT WRITTEN ({name}): {reason}"


def _place(claim: Judged) -> str:
    return f"{claim.file}:{claim.line}"
