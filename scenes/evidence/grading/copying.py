"""What two submissions share: runs and prose, as findings with their innocent explanations.

Nothing here is a verdict. Who worked with whom, and whether they were allowed to, a person asks.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from scenes.evidence.grading.prose import words_of_passage
from scenes.evidence.grading.submission import GradedRun, Submission
from scenes.system.formatting import said_count

SHINGLE = 8
"""Words in a row that two authors rarely write by chance."""
LEAST_WORDS = 24
"""Of shared prose that is shown."""
SHOWN = 3
"""Examples of each finding."""
COMMON = 0.4
"""Share of the class from which prose counts as everybody's, in classes of `SMALLEST` or more."""
SMALLEST = 5

EXPLANATIONS = {
    "same authors": "They may have handed in twice, or a corrected version; or two people have one "
    "name.",
    "same run": "The same settings and seed give the same digits on machines of one kind: they may "
    "have agreed on seeds, used the default ones, or trained once for both with permission.",
    "same results, other seed": "Where a seed changes nothing, such as with everything frozen and "
    "no shuffling, honest runs are equal. Otherwise one record was made from the other.",
    "same start and duration": "One program may have trained for both, on a machine that they "
    "share, and been told to use two names.",
    "same start": "A script may have started the jobs of a whole class or group at once.",
    "same prose": "Both may quote the handout or one source, or have written the text together. "
    "What everybody was given can be named as handout in the assignment.",
}


@dataclass(frozen=True)
class Shared:
    """What two submissions share.

    Attributes:
        first, second: Which ones, by their places.
        kind: Of `EXPLANATIONS`.
        text: How much of it.
        examples: Some of it.
    """

    first: int
    second: int
    kind: str
    text: str
    examples: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """How it may have come about innocently."""
        return EXPLANATIONS[self.kind]


def find_shared(
    submissions: Mapping[int, Submission], *, handout: Sequence[str] = (), has_own_seeds: bool
) -> list[Shared]:
    """Return what each two submissions share.

    Args:
        submissions: By their places; those that could be read.
        handout: Passages that everybody was given.
        has_own_seeds: Whether seeds follow from names. Where they are free, equal runs are usual
            and are not shown.
    """
    found: list[Shared] = []
    for first, second in combinations(sorted(submissions), 2):
        one, other = submissions[first], submissions[second]
        if one.authors == other.authors:
            found.append(Shared(first, second, "same authors", ", ".join(one.authors), ()))
        runs = list(one.runs), list(other.runs)
        found += _shared_runs(first, second, runs, has_own_seeds=has_own_seeds)
    return [*found, *_shared_prose(submissions, handout)]


Runs = tuple[list[GradedRun], list[GradedRun]]


def _shared_runs(first: int, second: int, runs: Runs, *, has_own_seeds: bool) -> Iterator[Shared]:
    same = _matches(runs, lambda run: (run.results, run.seed))
    copied = [
        (one, other)
        for one, other in _matches(runs, lambda run: run.results)
        if one.seed != other.seed
    ]
    clock = _matches(runs, lambda run: (run.started, run.seconds, run.machine))
    starts = _matches(runs, lambda run: (run.started, run.machine))
    if same and (has_own_seeds or clock):
        yield _of_runs(first, second, "same run", same)
    if copied:
        yield _of_runs(first, second, "same results, other seed", copied)
    if clock and not same:
        yield _of_runs(first, second, "same start and duration", clock)
    if len(starts) > 1 and not clock and not same:
        yield _of_runs(first, second, "same start", starts)


Pair = tuple[GradedRun, GradedRun]


def _matches(runs: Runs, key: Callable[[GradedRun], object]) -> list[Pair]:
    """Return runs of both sides that agree in something."""
    others = {key(run): run for run in runs[1]}
    return [(run, others[key(run)]) for run in runs[0] if key(run) in others]


def _of_runs(first: int, second: int, kind: str, pairs: list[Pair]) -> Shared:
    examples = [
        f"seeds {one.seed} and {other.seed}, started {one.started} and {other.started}, "
        f"{one.seconds:g} s and {other.seconds:g} s, on {one.machine}"
        for one, other in pairs[:SHOWN]
    ]
    return Shared(first, second, kind, said_count(len(pairs), "run|runs"), tuple(examples))


def _shared_prose(
    submissions: Mapping[int, Submission], handout: Sequence[str]
) -> Iterator[Shared]:
    """Yield the prose that two submissions share and neither the handout nor most others have."""
    words = {place: _all_words(one.prose) for place, one in submissions.items()}
    own = {place: set(_shingles(found)) for place, found in words.items()}
    given = set(_shingles(_all_words(handout)))
    owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, shingles in own.items():
        for shingle in shingles - given:
            owners[shingle].append(place)
    most = max(2, COMMON * len(submissions)) if len(submissions) >= SMALLEST else len(submissions)
    pairs = Counter(
        pair
        for places in owners.values()
        if 2 <= len(places) <= most
        for pair in combinations(sorted(places), 2)
    )
    for first, second in sorted(pairs):
        known = own[second] - given
        kept = {it for it in known if len(owners[it]) <= most}
        passages = list(_runs_of_words(words[first], kept))
        total = sum(map(len, passages))
        if total >= LEAST_WORDS:
            longest = sorted(passages, key=len, reverse=True)[:SHOWN]
            examples = tuple(f"… {' '.join(it[:60])} …" for it in longest)
            text = (
                said_count(total, "word|words")
                + f" in {said_count(len(passages), 'passage|passages')}"
            )
            yield Shared(first, second, "same prose", text, examples)


def _all_words(passages: Sequence[str]) -> list[str]:
    """Return the words of passages; an empty word stands between two of them."""
    found: list[str] = []
    for passage in passages:
        found += [*words_of_passage(passage), ""]
    return found


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - SHINGLE + 1):
        shingle = tuple(words[start : start + SHINGLE])
        if "" not in shingle:
            yield shingle


def _runs_of_words(words: Sequence[str], known: set[tuple[str, ...]]) -> Iterator[list[str]]:
    """Yield the passages of a text of which every shingle is known."""
    end, begun = 0, 0
    for start in range(len(words) - SHINGLE + 1):
        if tuple(words[start : start + SHINGLE]) not in known:
            continue
        if start > end:
            if end:
                yield list(words[begun:end])
            begun = start
        end = start + SHINGLE
    if end:
        yield list(words[begun:end])
