"""What is held of every claim of own code: it judges made-up results, before any training."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scenes.claims.predicates import find_predicate
from scenes.claims.verdict import Verdict
from scenes.errors import UserError
from scenes.plan.plan import Plan, StudyPlan
from scenes.testing.checks import Refuted, Suite, require
from scenes.testing.made_up import MadeUp, without_training_libraries

ALL_FAILED = "all failed"
"""The world in which no run has a result."""


@dataclass(frozen=True)
class ClaimCase:
    """A claim of the registry, and results of the report that brings it."""

    name: str
    results: MadeUp

    @property
    def function(self) -> Callable[..., Verdict]:
        """What judges."""
        return find_predicate(self.name)

    def judge(self, study: StudyPlan) -> list[Verdict]:
        """Return its verdicts on a study, each value of which it is asked about in turn.

        Raises:
            Refuted: It fails, or gives what is no verdict.
        """
        keys = [value.key for value in study.study.values]
        turns = range(len(keys) if _takes_keys(self.function) else 1)
        return [self._asked(study, keys[turn:] + keys[:turn]) for turn in turns]

    def _asked(self, study: StudyPlan, keys: list[str]) -> Verdict:
        args, options = _arguments(self.function, keys)
        try:
            return self.function(study, *args, **options)
        except UserError as error:
            raise Refuted("; ".join(error.problems)) from error


CLAIMS: Suite[ClaimCase] = Suite()


def _takes_keys(function: Callable[..., Verdict]) -> bool:
    return any(
        it.default is it.empty for it in [*inspect.signature(function).parameters.values()][1:]
    )


def _arguments(
    function: Callable[..., Verdict], keys: list[str]
) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments of a claim beside the study: keys of values, as templates give them."""
    args, options, left = list[Any](), dict[str, Any](), iter([*keys, *keys, *keys])
    for name, parameter in [*inspect.signature(function).parameters.items()][1:]:
        if parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            continue
        if parameter.kind is not parameter.KEYWORD_ONLY:
            args.append(next(left))
        elif name == "than":
            options[name] = keys[-1]
        else:
            require(
                name in ("of", "keys"),
                f"`{name}` has no default, so that no test can ask for this claim: give it one",
            )
            options[name] = list(keys)
    return args, options


def _studies(case: ClaimCase, plan: Plan) -> list[StudyPlan]:
    """Return the studies of a report that a claim can judge.

    Raises:
        Refuted: It judges none of them.
    """
    found, problems = [], list[str]()
    for study in plan.studies:
        try:
            case.judge(study)
        except Refuted as error:
            problems.append(f"study {study.study.name}: {error}")
        else:
            found.append(study)
    require(found, "\n".join(problems))
    return found


def _verdicts(case: ClaimCase) -> Iterator[tuple[str, Verdict]]:
    """Yield the world and the verdict of all that is asked."""
    names = [study.study.name for study in _studies(case, case.results.plans[0])]
    for world, plan in case.results.worlds.items():
        for name in names:
            try:
                found = case.judge(plan.study(name))
            except Refuted as error:
                raise Refuted(f"study {name}, where the results are {world!r}: {error}") from error
            yield from ((world, verdict) for verdict in found)


@CLAIMS.holds("it gives a verdict whatever the results are")
def _is_judged(case: ClaimCase) -> None:
    for _ in _verdicts(case):
        pass


@CLAIMS.holds("the same results give the same verdict")
def _is_settled(case: ClaimCase) -> None:
    for study in _studies(case, case.results.plans[0]):
        one, other = case.judge(study), case.judge(study)
        require(one == other, f"study {study.study.name}: {one} becomes {other}")


@CLAIMS.holds("other results give another verdict")
def _follows_results(case: ClaimCase) -> None:
    found = {verdict.status for _, verdict in _verdicts(case)}
    require(len(found) > 1, f"it is {', '.join(found)} whatever the results are")


@CLAIMS.holds("it is left open where no run has a result")
def _is_left_open(case: ClaimCase) -> None:
    for world, verdict in _verdicts(case):
        require(
            world != ALL_FAILED or verdict.status == "inconclusive",
            f"it is {verdict.status} of runs that failed: {verdict.reason}",
        )


@CLAIMS.holds("it is judged without TensorFlow")
def _is_light(case: ClaimCase) -> None:
    with without_training_libraries(case.name):
        _studies(case, case.results.plans[0])
