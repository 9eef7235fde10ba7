"""The page that shows how two documents differ: a `DocumentDifference` in, one HTML file out."""

from pathlib import Path
from typing import Any

from scenes.evidence.diff import STATES, DocumentDifference
from scenes.evidence.sentences import Rewording
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder, render_html, templates_folder
from scenes.report.output.html import render_screen
from scenes.system.files import save_atomically
from scenes.system.formatting import printable_lines

LANGUAGE = "en"
"""Of the page; what it quotes is in the language of the documents."""
TITLES = {
    "flipped": "Verdicts and choices that flipped",
    "beyond noise": "Numbers that moved beyond noise",
    "within noise": "Numbers that moved within noise",
    "not comparable": "Not comparable",
    "same": "The same",
}
NOTES = {
    "beyond noise": "Seeds alone move numbers so far in at most 5 % of comparisons, all numbers "
    "of a comparison taken together.",
    "within noise": "Other seeds explain these.",
    "not comparable": "These say neither better nor worse: the reason stands beside each.",
}


def save_page(path: Path, difference: DocumentDifference, *, names: tuple[str, str]) -> None:
    """Write the page of a comparison, whole or not at all."""
    save_atomically(path, render_page(difference, names=names).encode("utf-8"))


def render_page(difference: DocumentDifference, *, names: tuple[str, str]) -> str:
    """Return the page of a comparison.

    Args:
        difference: What it shows.
        names: Of the two documents.
    """
    words = load_words(LANGUAGE, catalogues_folder())
    context = {
        "words": words,
        "language": LANGUAGE,
        "report": {"title": "What changed", "subtitle": "", "authors": []},
        **_shown(_content(difference, names)),
    }
    html = render_html("diff.html", context, folder=templates_folder())
    return render_screen(html, {}, folder=templates_folder())


def _content(difference: DocumentDifference, names: tuple[str, str]) -> dict[str, Any]:
    return {
        "names": names,
        "notes": difference.notes,
        "shared": len(difference.shared_runs),
        "groups": [
            {"title": TITLES[state], "note": NOTES.get(state, ""), "is_folded": state == "same",
             "changes": list(map(vars, difference.of(state)))}
            for state in STATES
        ],
        "reworded": [_sentence(it) for it in difference.sentences if it.kind != "number"],
        "numbers": [_sentence(it) for it in difference.sentences if it.kind == "number"],
    }  # fmt: skip


def _sentence(one: Rewording) -> dict[str, Any]:
    return {"place": _place(one), "marked": one.marked}


def _shown(value: Any) -> Any:
    """Return data in whose texts nothing turns the line round or is no character at all.

    They are names of files and what anybody's document says.
    """
    if isinstance(value, str):
        return printable_lines(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value


def _place(one: Rewording) -> str:
    pages = [f"page {it.page}" if it else "nowhere" for it in (one.before, one.after)]
    return " → ".join(pages)
