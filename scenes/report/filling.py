"""Fills the templates of a report in a limited child process: a document in, its HTML out.

A template may come from anybody, and may go on for ever or ask for all the memory there is. The
child is `scenes.report.filling_worker`; it names the figures, which the parent draws meanwhile.
"""

import base64
import pickle
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter

from scenes import errors
from scenes.errors import RenderError, ScenesError, UserError
from scenes.system.formatting import said_size
from scenes.system.limited_child import (
    ChildEndedError,
    ChildRaisedError,
    LimitedChild,
    Limits,
)

if TYPE_CHECKING:  # a second to import, in which the child starts
    from scenes.report.document import Document
    from scenes.report.lint.claim_check import Mutations
    from scenes.report.markup.claim_tag import Judged
    from scenes.report.results import Results

    Filled = tuple[str, dict[str, bytes], Results]

TIME_LIMIT = 180
"""Seconds; a report of 20 pages takes two. Perturbed results fill it as often as there are any."""
MUTATIONS_LIMIT = 3600
MEMORY_LIMIT = 4 * 2**30
"""Bytes; with the records of a large report it takes a tenth of it."""
ENTRY = "scenes.report.filling_worker:prepare"


class Filler:
    """The child process that fills templates: one document after the other, until it is closed.

    It starts when it is made and loads what it needs while its maker does something else.

    Args:
        seconds: That it may take for a document.
    """

    def __init__(self, *, seconds: float = TIME_LIMIT) -> None:
        self._seconds = seconds
        self._child = LimitedChild(ENTRY, limits=Limits(seconds, MEMORY_LIMIT))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def end(self) -> None:
        """End the child process until there is another document; it then starts anew."""
        self._child.end()

    def fill(self, document: "Document") -> "Filled":
        """Return the HTML of a document, its formulas as pictures by name, and its results.

        Raises:
            ScenesError: The templates cannot be filled, or not within the limits.
        """
        return self.filling_of(document)()

    def filling_of(self, document: "Document") -> "Callable[[], Filled]":
        """Return what fills a document as `fill` does, in any thread.

        The document is packed here and now: while figures are drawn, what it has worked out is kept
        in it, and an object that changes cannot be packed.
        """
        return partial(self._filled, _packed("fill", document), document)

    def _filled(self, job: dict[str, str], document: "Document") -> "Filled":
        answer = self._answer(job, document)
        pictures = {name: base64.b64decode(data) for name, data in answer["pictures"].items()}
        return answer["html"], pictures, answer["results"]

    def places_of_forbidden(self, document: "Document") -> list[str]:
        """Return what the HTML of a document must not hold, each with file and line."""
        return [str(place) for place in self._ask("places_of_forbidden", document)]

    def judge(self, document: "Document") -> "list[Judged]":
        """Return the claims of a document, as `judge_claims` does."""
        from scenes.report.markup.claim_tag import Judged

        return TypeAdapter(list[Judged]).validate_python(self._ask("judge", document))

    def mutate(self, document: "Document") -> "Mutations":
        """Return which claims move where results are perturbed, as `mutate_claims` does."""
        from scenes.report.lint.claim_check import Mutations

        return TypeAdapter(Mutations).validate_python(self._ask("mutate", document))

    def _ask(self, task: str, document: "Document") -> Any:
        return self._answer(_packed(task, document), document)

    def _answer(self, job: dict[str, str], document: "Document") -> Any:
        try:
            answer = self._child.ask(job)
        except ChildEndedError as error:
            raise RenderError(self._explain(error, document)) from error
        except ChildRaisedError as error:
            place = document.plan.report.template
            raise RenderError(f"{place}: it could not be filled: {error}") from error
        if (problem := answer.get("problem")) is not None:
            raise _error_of(problem)
        return answer["result"]

    def _explain(self, error: ChildEndedError, document: "Document") -> str:
        template = document.plan.report.template
        if error.reason == "time":
            return f"{template} was not filled within {self._seconds:g} seconds"
        if error.reason == "memory":
            return f"{template} needs more than {said_size(MEMORY_LIMIT)} of memory to be filled"
        said = " ".join(error.said.split())[-300:]
        return f"{template}: the process that fills it ended with code {error.code}: {said}"


def _packed(task: str, document: "Document") -> dict[str, str]:
    """Return a job; the child is ours and so are its jobs, what it answers may be a template's."""
    return {"task": task, "document": base64.b64encode(pickle.dumps(document)).decode("ascii")}


def problem_of(error: ScenesError) -> dict[str, Any]:
    """Return an error of the child as JSON."""
    if isinstance(error, UserError):
        return {"kind": type(error).__name__, "words": error.__reduce__()[1]}
    return {"kind": "RenderError", "words": [str(error)]}


def _error_of(problem: dict[str, Any]) -> ScenesError:
    """Return the error that `problem_of` has written."""
    kind = getattr(errors, str(problem["kind"]), None)
    if isinstance(kind, type) and issubclass(kind, UserError):
        heading, problems, hint = problem["words"]
        return kind(str(heading), [str(line) for line in problems], str(hint))
    return RenderError(str(problem["words"][0]))
