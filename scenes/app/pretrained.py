"""Decides, before anything is trained, which pretrained weights the runs start from.

ImageNet weights are Keras' own: a file in its folder, or a download. Where a report's profile lets
it go on without, the runs get random weights, and the report says so wherever it matters.
"""

import http.client
import urllib.request
from collections.abc import Iterable
from functools import cache

from rich.console import Console

from scenes.app.request import Opened
from scenes.errors import WeightsError
from scenes.plan.plan import Plan
from scenes.spec.loader import with_weights
from scenes.training.weights import WeightsStatus, weights_status

TIMEOUT = 5.0
"""Seconds to wait for the server of the weights."""


def missing_weights(plan: Plan, *, downloads: bool = True) -> list[WeightsStatus]:
    """Return the weights that runs still to be trained need, and that cannot be had.

    Args:
        plan: Of the runs.
        downloads: Whether those count as had that can be downloaded; asking takes the network.
    """
    if not plan.missing:
        return []
    to_train = [*(settings for _, settings in plan.later), *(run.settings for run in plan.missing)]
    needed = dict.fromkeys(
        (backbone, settings.weights, settings.image_size)
        for settings in to_train
        if (backbone := settings.used_backbone) is not None
    )
    statuses = (weights_status(name, weights, image_size=size) for name, weights, size in needed)
    # Some backbones have a file for each size; most have one.
    files = {(status.folder, status.file_name): status for status in statuses}
    return [
        status
        for status in files.values()
        if not status.ready and not (downloads and status.url and _is_reachable(status.url))
    ]


@cache  # a report that is written again at each edit asks once
def _is_reachable(url: str) -> bool:
    """Return whether Keras could download a file now."""
    request = urllib.request.Request(url, method="HEAD")
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


def settle_weights(opened: Opened, plan: Plan, console: Console, *, downloads: bool = True) -> Plan:
    """Return a plan whose pretrained weights can be had: as asked, or random where allowed."""
    missing = missing_weights(plan, downloads=downloads)
    if not missing:
        return plan
    profile = opened.report.profiles.get(opened.profile or "")
    named = any(status.weights != "imagenet" for status in missing)
    if named or profile is None or profile.missing_weights == "stop":
        # A file that was asked for by name is never silently replaced.
        raise refuse(missing)
    names = [status.backbone for status in missing]
    console.print(
        f"No ImageNet weights for {', '.join(names)} here, and no way to download them: this "
        f"profile goes on with random weights, and the report says so.",
        style="yellow",
        highlight=False,
    )
    return opened.plan(with_weights(plan.report, dict.fromkeys(names, "random")))
