"""Claims of own code: what such a function answers, checked, or one message."""

import functools
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_args

from scenes.claims.verdict import Status, Verdict
from scenes.errors import UserError
from scenes.spec import registry
from scenes.spec.own_errors import own_frames, told


def own_claim(name: str) -> Callable[..., Verdict]:
    """Return a claim of the registry that is not built in."""
    known = registry.current()
    builder = known.claims[name].builder
    function = resolve_name(builder)

    @functools.wraps(function)
    def judge(*args: Any, **options: Any) -> Verdict:
        try:
            found = function(*args, **options)
        except (Exception, SystemExit) as error:
            frames = own_frames(error, [Path(folder) for folder in known.places.values()])
            place = frames[-1][0] if frames else known.place(builder)
            raise _refused(name, f"{place}: {told(error)}") from error
        if problem := _problem(found):
            raise _refused(name, f"{known.place(builder)}: {problem}")
        verdict: Verdict = found
        return verdict

    return judge


def _problem(found: object) -> str:
    """Return what is wrong with an answer; "" where it is a verdict."""
    if not isinstance(found, Verdict):
        return f"it must return a scenes.Verdict, got {type(found).__name__}"
    if found.status not in get_args(Status):
        return f"its status must be one of {', '.join(get_args(Status))}, got {found.status!r}"
    for part in ("claim", "reason"):
        text = getattr(found, part)
        if not isinstance(text, str) or not text.strip():
            return f"its {part} must be a text, got {text!r}"
    return ""


def _refused(name: str, problem: str) -> UserError:
    hint = "`scenes test FOLDER` tries claims before anything is trained."
    return UserError(f"claim {name} cannot be judged", [problem], hint)
