"""What fills templates in a limited child: a job of `scenes.report.filling` in, its answer out."""

import base64
import gc
import pickle
from collections.abc import Callable
from typing import Any

from PIL import Image
from pydantic import TypeAdapter

from scenes.errors import ScenesError
from scenes.report.document import Document
from scenes.report.filling import problem_of
from scenes.report.lint.claim_check import Mutations, judge_claims, mutate_claims
from scenes.report.markup.claim_tag import Judged
from scenes.report.markup.templates import warm_templates
from scenes.report.rendering import forbidden_places, render_with_results
from scenes.spec.component_files import components_of


def prepare() -> Callable[[Any], dict[str, Any]]:
    """Return what answers a job; all that it needs is loaded and compiled by then."""
    # Together a third of a second, for which no job then waits.
    from scipy import special  # noqa: F401

    from scenes.report.markup import citations  # noqa: F401

    warm_templates()
    Image.preinit()
    gc.collect()
    gc.freeze()  # what is loaded stays: to look through it for garbage takes as long as a filling
    return answer


def answer(job: Any) -> dict[str, Any]:
    """Return the result of a job, or the problem that a user has to mend."""
    document: Document = pickle.loads(base64.b64decode(job["document"]))
    try:
        with components_of(document.components):
            return {"result": TASKS[job["task"]](document)}
    except ScenesError as error:
        return {"problem": problem_of(error)}


def _fill(document: Document) -> dict[str, Any]:
    html, assets, results = render_with_results(document, is_drawn=False)
    # What is only named, to be drawn by the parent, is empty.
    drawn = {name: data for name, data in assets.items() if data}
    pictures = {name: base64.b64encode(data).decode("ascii") for name, data in drawn.items()}
    return {"html": html, "pictures": pictures, "results": results}


def _judge(document: Document) -> Any:
    return TypeAdapter(list[Judged]).dump_python(judge_claims(document), mode="json")


def _mutate(document: Document) -> Any:
    return TypeAdapter(Mutations).dump_python(mutate_claims(document), mode="json")


TASKS: dict[str, Callable[[Document], Any]] = {
    "fill": _fill,
    "places_of_forbidden": forbidden_places,
    "judge": _judge,
    "mutate": _mutate,
}
