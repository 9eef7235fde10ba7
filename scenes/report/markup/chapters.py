"""Numbers of chapters: the HTML of a filled template in, each chapter with its number out."""

import re

from markupsafe import escape

_CHAPTER = re.compile(r'<h2 id="([^"]+)"(?![^>]*\bclass="plain)([^>]*)>')
_ENTRY = re.compile(r'<li><a href="#([^"]+)">')
STUDIES = "chapter of the studies"
"""The key of that number among those of figures."""


def number_chapters(html: str) -> str:
    """Return a page with the number of each chapter before its title, and in the contents."""
    numbers = _numbers(html)
    html = _CHAPTER.sub(
        lambda it: f'{it[0]}<span class="number">{numbers[it[1]]}</span> ',
        html,
    )
    return _ENTRY.sub(
        lambda it: (
            f'<li data-number="{numbers[it[1]]}"><a href="#{escape(it[1])}">'
            if it[1] in numbers
            else it[0]
        ),
        html,
    )


def studies_chapter(html: str) -> dict[str, int]:
    """Return the number of the chapter that holds the studies, by its key; empty without one."""
    found = _numbers(html).get("studies")
    return {STUDIES: found} if found else {}


def _numbers(html: str) -> dict[str, int]:
    found = dict.fromkeys(it[1] for it in _CHAPTER.finditer(html))
    return {name: number for number, name in enumerate(found, 1)}
