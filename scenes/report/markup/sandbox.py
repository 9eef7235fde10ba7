"""What templates run in: Jinja2's sandbox, and bounds to what an expression may ask for.

An expression that would keep one operation busy for ever, or fill the memory with one text, is
refused before it is evaluated; nothing is evaluated while a template is only compiled.
"""

import re
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenes.errors import RenderError

MOST_SIGNS = 1_000_000
"""Characters, or items, that one operation may make."""
MOST_DIGITS = 1_000
"""Digits of a number that is a power."""
FORMATTING = ("format", "format_map")
"""Methods that read a text as a format; to any other, braces are signs like others."""
NAMED = 12
"""Parts that an error names."""


MOST_COMPILED = 200
_COMPILED: dict[tuple[object, ...], Any] = {}
"""Code by the text that it was compiled from; never on a disk, where others could change it."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Compiles and runs templates that anybody may have written."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operation that may be too large."""
        _refuse_huge(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Return what a function returns; one of a text must not make a huge one."""
        if isinstance(owner := getattr(__obj, "__self__", None), str):
            sizes = [value for value in (*args, *kwargs.values()) if isinstance(value, int)]
            pads = __obj.__name__ in FORMATTING and _has_huge_width(owner)
            if max(sizes, default=0) > MOST_SIGNS or pads:
                raise OverflowError(f"a text of more than {MOST_SIGNS:,} characters")
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Any:
        """Return what formats a text safely, if that is what a value does."""
        wrapped = super().wrap_str_format(value)
        if wrapped is not None and _has_huge_width(value.__self__):
            raise OverflowError(f"a text of more than {MOST_SIGNS:,} characters")
        return wrapped

    def compile(self, source: Any, name: Any = None, filename: Any = None, *args: Any) -> Any:
        """Return the code of a template; in one process the same text is compiled once."""
        if not isinstance(source, str) or args:
            return super().compile(source, name, filename, *args)
        key = source, name, filename, tuple(sorted(self.extensions))
        if key not in _COMPILED:
            if len(_COMPILED) >= MOST_COMPILED:
                _COMPILED.clear()
            _COMPILED[key] = super().compile(source, name, filename)
        return _COMPILED[key]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = Parser(self, source, name, filename)
        try:
            return parser.parse()
        except RecursionError:
            line = parser.stream.current.lineno
            raise jinja2.TemplateSyntaxError(TOO_DEEP, line, name, filename) from None

    def _generate(
        self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False
    ) -> str:
        try:
            return super()._generate(source, name, filename, defer_init)
        except RecursionError:
            raise jinja2.TemplateSyntaxError(TOO_DEEP, 1, name, filename) from None

    def _compile(self, source: str, filename: str) -> Any:
        try:
            return super()._compile(source, filename)
        except (RecursionError, MemoryError, SyntaxError):
            raise jinja2.TemplateSyntaxError(TOO_DEEP, 1, None, filename) from None


TOO_DEEP = "brackets, blocks or expressions are nested too deeply"


def _refuse_huge(operator: str, left: Any, right: Any) -> None:
    if operator == "**" and isinstance(left, int) and isinstance(right, int):
        if right * max(1, abs(left)).bit_length() > MOST_DIGITS * 4:
            raise OverflowError(f"a number of more than {MOST_DIGITS:,} digits")
    elif operator == "*":
        for many, times in ((left, right), (right, left)):
            is_repeated = isinstance(many, str | list | tuple) and isinstance(times, int)
            if is_repeated and len(many) * times > MOST_SIGNS:
                raise OverflowError(f"more than {MOST_SIGNS:,} characters or items")
            if isinstance(many, int) and many.bit_length() > MOST_DIGITS * 4:
                raise OverflowError(f"a number of more than {MOST_DIGITS:,} digits")
    elif operator == "%" and isinstance(left, str) and _has_huge_width(left):
        raise OverflowError(f"a text of more than {MOST_SIGNS:,} characters")


def _has_huge_width(text: str) -> bool:
    """Return whether a text may be a format that pads to a huge width."""
    wide = re.compile(r"[%{][^}]{0,100}\d{6}|%[^a-z]{0,100}\*|\{[^}]{0,100}\{[^{]")
    return wide.search(text[:MOST_SIGNS]) is not None


@jinja2.pass_context
def printed(_: Context, value: Any) -> Any:
    """Return a value that has a text of its own; an object of the program has none to print.

    It takes the context so that nothing is evaluated before a template runs.

    Raises:
        RenderError: It has none; its parts are named.
    """
    kind = type(value)
    if isinstance(value, str | int | float) or hasattr(value, "__html__"):
        return value
    has_text = any("__str__" in vars(base) for base in kind.__mro__ if base is not object)
    if has_text and not isinstance(value, BaseException):
        return value
    if callable(value):
        raise RenderError("a function is no text: call it, as in name(…)")
    parts = [name for name in dir(value) if not name.startswith("_")][:NAMED]
    named = f": print one of its parts, such as {', '.join(parts)}" if parts else ""
    raise RenderError(f"an object ({kind.__name__}) is no text{named}")
