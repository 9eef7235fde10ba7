"""The words that authors wrote themselves: templates and descriptions in, passages of words out."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from scenes.spec.report import Report, written_texts

ENDINGS = (".html", ".md", ".txt")
MOST_WORDS = 30_000
"""Of one submission that are compared; a thesis has as many."""
_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style\b.*?</style>", re.DOTALL)
_BLOCK = re.compile(r"</?(?:p|div|section|li|ul|ol|h[1-6]|td|th|tr|figcaption|caption)\b[^>]*>")
_TAG = re.compile(r"<[^>]{0,2000}>")


def prose_of(files: Mapping[str, bytes], report: Report | None = None) -> tuple[str, ...]:
    """Return the passages that stand in files of text and in the texts of a description."""
    found: list[str] = []
    words = 0
    for passage in _passages(files, report):
        kept = passage.split()[: MOST_WORDS - words]
        words += len(kept)
        found.append(" ".join(kept))
        if words == MOST_WORDS:
            break
    return tuple(found)


def _passages(files: Mapping[str, bytes], report: Report | None) -> Iterator[str]:
    for name, data in sorted(files.items()):
        if name.endswith(ENDINGS) and not name.startswith("locale/"):
            yield from _in_blocks(data.decode("utf-8", "replace"))
    for _, text in written_texts(report) if report else ():
        yield from _in_blocks(text)


def _in_blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", _BLOCK.sub("\n\n", _CODE.sub(" ", text))):
        if passage := " ".join(html.unescape(_TAG.sub(" ", block)).split()):
            yield passage


def folder_prose(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the passages of the files of text in some folders, with those of their reports."""
    found: list[str] = []
    for folder in folders:
        paths = [it for it in sorted(folder.rglob("*")) if it.suffix in (*ENDINGS, ".toml")]
        files = {
            path.relative_to(folder).with_suffix(".txt").as_posix(): path.read_bytes()
            for path in paths
            if path.is_file()
        }
        found += prose_of(files)
    return tuple(found)


def words_of_passage(passage: str) -> list[str]:
    """Return the words of a passage, by which copies are found: no case, punctuation or numbers."""
    return re.findall(r"[^\W\d_]+", passage.casefold())
