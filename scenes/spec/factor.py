"""The one factor of a study: its values in, what varies beside the factor out.

A study answers one question, so one thing varies in it: a setting, or a group of settings that the
study gives a name (`factor`) and a label (`factor_label`). What else its values change would be
attributed to the factor.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenes.spec.settings import Settings
from scenes.spec.validation import Mistake, guess


def key_of(value: object) -> str:
    """Return how a value is named where nothing else names it: `[16, 32]` is "16-32"."""
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def unknown_factor(factor: str) -> Mistake:
    """Return what is wrong with a factor that is no setting."""
    reason = guess(factor, Settings.names())
    if factor in ("seed", "seeds"):
        reason = (
            ": seeds are the repeats of every trial; "
            "list them once, at the top of the report: seeds = [0, 1, 2]"
        )
    return Mistake(("factor",), f"{factor!r} is no setting{reason}")


def varied_settings(values: Sequence[Mapping[str, Any]], fixed: Mapping[str, Any]) -> list[str]:
    """Return the settings that are not the same for all values, in the order of their first use.

    Args:
        values: What each value sets.
        fixed: What the study sets for all of them.
    """
    # A value that leaves a setting alone takes the report's own, which nothing here equals.
    own = object()

    def is_same(name: str) -> bool:
        found = [value.get(name, fixed.get(name, own)) for value in values]
        return all(item == found[0] for item in found)

    names = dict.fromkeys(name for value in values for name in value)
    return [name for name in names if not is_same(name)]


def factor_mistakes(
    factor: str,
    values: Sequence[Mapping[str, Any]],
    *,
    fixed: Mapping[str, Any],
    has_label: bool,
) -> Iterator[Mistake]:
    """Yield what is wrong where the values of a study vary more than its factor.

    Args:
        factor: A setting, or the name of a group.
        values: What each value sets.
        fixed: What the study sets for all of them.
        has_label: Whether the factor has a label of its own.
    """
    is_setting = factor in Settings.names()
    varied = [name for name in varied_settings(values, fixed) if name != factor]
    named = " and ".join(map(repr, varied))
    if is_setting and varied:
        yield Mistake(
            ("factor",),
            f"must vary one factor; it is {factor!r}, and the values vary {named} as well: hold "
            "that in `set`, or name a group (a `factor` that is no setting, with `factor_label`)",
        )
    elif len(varied) > 1 and not has_label:
        yield Mistake(
            ("factor",),
            f"must vary one factor, and the values vary {named}: "
            f"if {factor!r} means them together, give it a `factor_label`",
        )
