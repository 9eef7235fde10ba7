"""Fills the templates of a report in a limited child process: a document in, its HTML out.

A template may come from anybody, and may go on for ever or ask for all the memory there is. The
child is `scenes.report.filling_worker`; it names the figures, which the parent draws meanwhile.
"""

import base64
import pickle
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
        self.close()

    def close(self) -> None:
        """End the child process; nothing happens where it has ended already."""
        self._child.close()

    def fill(self, document: "Document") -> "tuple[str, dict[str, bytes], Results]":
        """Return the HTML of a document, its formulas as pictures by name, and its results.

        Raises:
            ScenesError: The templates cannot be filled, or not within the limits.
        """
        answer = self._ask("fill", document)
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
        # The child is ours and so are its jobs; what it answers may be a template's, and is JSON.
        job = {"task": task, "document": base64.b64encode(pickle.dumps(document)).decode("ascii")}
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
