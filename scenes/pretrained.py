"""Decides, before anything is trained, which pretrained weights the runs start from.

ImageNet weights are Keras' own: a file in its folder, or a download. Where a report's profile lets
it go on without, the runs get random weights, and the report says so wherever it matters.
"""

import http.client
import urllib.request
from collections.abc import Iterable, Iterator

from scenes.errors import WeightsError
from scenes.experiment.weights import WeightsStatus, weights_status
from scenes.plan import Plan
from scenes.settings import Settings

TIMEOUT = 5.0
"""Seconds to wait for the server of the weights."""


def missing_weights(plan: Plan) -> list[WeightsStatus]:
    """Return the weights that runs still to be trained need, and that cannot be had."""
    if not plan.missing:
        return []
    needed = {
        (settings.backbone, settings.weights): settings.image_size
        for settings in [*_waiting(plan), *(run.settings for run in plan.missing)]
        if settings.model == "transfer" and settings.backbone is not None
    }
    statuses = [
        weights_status(str(backbone), weights, image_size=size)
        for (backbone, weights), size in needed.items()
    ]
    return [status for status in statuses if not status.ready and not _reachable(status)]


def _waiting(plan: Plan) -> Iterator[Settings]:
    """Yield the settings of values that wait for a choice, as far as they are known by now."""
    for study in plan.studies:
        for key in study.waiting:
            changed = {**study.study.set, **study.study.value(key).settings}
            yield Settings.model_validate({**plan.report.base.model_dump(), **changed})


def _reachable(status: WeightsStatus) -> bool:
    """Tell whether Keras could download them now."""
    if not status.url:
        return False
    request = urllib.request.Request(status.url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        return False


def refuse(missing: Iterable[WeightsStatus]) -> WeightsError:
    """Return the error that says what is missing, where it is looked for, and what to do."""
    problems = []
    for status in missing:
        wrong = "has the wrong hash" if status.present else "is not there"
        problem = f"{status.backbone}: {status.file_name} {wrong} (looked for in {status.folder})"
        if status.url:
            problem += f", and {status.url} cannot be reached"
        problems.append(problem)
    return WeightsError(
        "Pretrained weights are missing; nothing has been trained.",
        problems,
        "Put the file in that folder, or name another: --weights VGG16=FILE; or go on without\n"
        "pretrained weights, which the report then says: --weights random",
    )
