"""Mistakes of a description: what pydantic found in, lines for the person who wrote it out.

A validator that finds several things wrong raises one `MistakesError`; each mistake keeps its
place, so that the message can name the key and, where the file is known, the line.
"""

import difflib
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from scenes.spec.toml_lines import KeyPath, nearest_line
from scenes.system.formatting import printable

RULES = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "date_type": "must be a date",
    "dict_type": "must be a table",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt:,.10g}",
    "greater_than_equal": "must be at least {ge:,.10g}",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than": "must be less than {lt:,.10g}",
    "less_than_equal": "must be at most {le:,.10g}",
    "list_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "model_type": "must be a table",
    "string_pattern_mismatch": "must be a name of letters, digits, '_', '.' and '-'",
    "string_too_long": "must be at most {max_length} characters",
    "string_type": "must be a text",
    "too_long": "must be at most {max_length}, this list has {actual_length}",
    "too_short": "a list of must be at least {min_length}, this one has {actual_length}",
    "tuple_type": "must be a list",
}
"""What pydantic's kinds of error ask for, in words that need no Python."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where."""

    place: KeyPath
    text: str


class MistakesError(ValueError):
    """Rules that are broken together; validators raise it, and pydantic carries it along."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistake.text for mistake in self.mistakes))


def nearest_name(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice that was probably meant: upper case and swapped letters count little."""

    def likeness(choice: str) -> tuple[float, bool]:
        known = choice.casefold()
        ratio = difflib.SequenceMatcher(None, wanted, known).ratio()
        return ratio, sorted(wanted) == sorted(known)

    wanted = name.casefold()
    best = max(choices, key=likeness, default=None)
    return best if best is not None and likeness(best)[0] >= 0.6 else None


def guess(name: str, choices: Iterable[str]) -> str:
    """Return " (did you mean …?)", or nothing where no choice comes near."""
    near = nearest_name(name, choices)
    return f" (did you mean {near!r}?)" if near else ""


def find_mistakes(
    error: ValidationError, model: type[BaseModel], *, together: bool = True
) -> list[Mistake]:
    """Return what is wrong, each mistake once, in the order of the model's fields.

    Args:
        error: That pydantic raised.
        model: On which it was raised.
        together: Also what is wrong with several fields together, not only with each by itself.
    """
    errors = [item for item in error.errors() if together or item["loc"]]
    found: list[Mistake] = []
    for item in errors:
        # A list that is short of its bad items only is not short.
        inside = (other["loc"][: len(item["loc"])] == item["loc"] for other in errors)
        if item["type"] == "too_short" and sum(inside) > 1:
            continue
        found += _read(item, model)
    return list(dict.fromkeys(found))


def _read(item: Any, model: type[BaseModel]) -> Iterator[Mistake]:
    place: KeyPath = item["loc"]
    context = item.get("ctx", {})
    if isinstance(context.get("error"), MistakesError):
        for inner in context["error"].mistakes:
            yield Mistake((*place, *inner.place), inner.text)
    elif item["type"] == "extra_forbidden":
        keys = _keys_at(model, place)
        text = "unknown key" + (guess(str(place[-1]), keys) or f"; choices: {', '.join(keys)}")
        yield Mistake(place, text)
    elif item["type"] == "value_error":
        yield Mistake(place, item["msg"].removeprefix("Value error, "))
    else:
        text = RULES.get(item["type"], item["msg"]).format(**context)
        told = item["type"] in ("missing", "too_short")
        came = "" if told else f", got {reprlib.repr(item['input'])}"
        yield Mistake(place, text + came)


def mistake_lines(
    mistakes: Sequence[Mistake],
    data: Any = None,
    *,
    file: str = "",
    lines: Mapping[KeyPath, int] | None = None,
) -> list[str]:
    """Say each mistake in a line: where it stands, its key, the rule, what came.

    Args:
        mistakes: To be reported.
        data: The tables in which they were found; items of lists go by their names there.
        file: In which they stand.
        lines: Of its keys, as `locate_keys` returns them; without, lines are not named.
    """
    told = []
    for mistake in mistakes:
        line = nearest_line(dict(lines or {}), mistake.place)
        start = f"{file}:{line}: " if line is not None else ""
        where = printable(name_place(mistake.place, data))
        told.append(start + (f"{where}: " if where else "") + mistake.text)
    return list(dict.fromkeys(told))


def name_place(place: KeyPath, data: Any = None) -> str:
    """Return a place as dotted keys; an item of a list goes by its name rather than its number."""
    parts = []
    for part in place:
        data = _item(data, part)
        parts.append(_name(data) or str(part) if isinstance(part, int) else part)
    return ".".join(parts)


def _name(item: Any) -> str | None:
    if isinstance(item, Mapping):
        name = item.get("name", item.get("key"))
        return name if isinstance(name, str) else None
    return str(item) if isinstance(item, str | int | float) and len(str(item)) < 30 else None


def _item(data: Any, part: int | str) -> Any:
    try:
        return data[part]
    except (TypeError, KeyError, IndexError):
        return None


def _keys_at(model: type[BaseModel], place: KeyPath) -> list[str]:
    """Return the keys that the table at a place of a description takes."""
    for part in place[:-1]:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = next(_models_in(fields[str(part)].annotation), model)
    names = getattr(model, "names", None)  # a model whose keys are not its fields alone
    return names() if names else [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
