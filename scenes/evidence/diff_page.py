"""The page that shows how two documents differ: a `DocumentDifference` in, one HTML file out."""

from pathlib import Path

from scenes.evidence.diff import STATES, DocumentDifference
from scenes.evidence.sentences import Rewording
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder, render_html, templates_folder
from scenes.report.output.html import render_screen
from scenes.system.files import save_atomically

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
        "names": names,
        "notes": difference.notes,
        "shared": len(difference.shared_runs),
        "groups": [
            {"title": TITLES[state], "note": NOTES.get(state, ""), "changes": difference.of(state),
             "is_folded": state == "same"}
            for state in STATES
        ],
        "reworded": [one for one in difference.sentences if one.kind != "number"],
        "numbers": [one for one in difference.sentences if one.kind == "number"],
        "place": _place,
    }  # fmt: skip
    html = render_html("diff.html", context, folder=templates_folder())
    return render_screen(html, {}, folder=templates_folder())


def _place(one: Rewording) -> str:
    pages = [f"page {it.page}" if it else "nowhere" for it in (one.before, one.after)]
    return " → ".join(pages)
