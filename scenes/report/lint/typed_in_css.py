"""Numbers that a style writes into a document: CSS in, each number that it types out.

What `content` says is printed, and so are counters that begin somewhere else than at one.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

_DIGITS = re.compile(r"\d+")
_COUNTERS = ("counter-reset", "counter-set", "counter-increment")
_PLAIN = (-1, 0, 1)
"""What every numbered list begins with and adds."""


def generated_numbers(css: str) -> Iterator[str]:
    """Yield each number that a style types."""
    yield from _in_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def _in_rules(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        if node.type in ("qualified-rule", "at-rule"):
            yield from _in_rules(tinycss2.parse_blocks_contents(node.content or [], True, True))
        elif node.type == "declaration" and node.lower_name == "content":
            yield from _in_content(node.value)
        elif node.type == "declaration" and node.lower_name in _COUNTERS:
            numbers = (it.value for it in node.value if it.type == "number")
            yield from (f"{number:g}" for number in numbers if number not in _PLAIN)


def _in_content(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if value.type == "string":
            yield from _DIGITS.findall(value.value)
