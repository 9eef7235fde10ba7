"""Writes what the live page shows now as files: a page that opens from a disk, without a server."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from scenes.app.live import Session
from scenes.app.request import Request, command_of, open_request
from scenes.live.following import Follower
from scenes.live.mistakes import describe_mistakes
from scenes.live.page import build_page
from scenes.live.thumbnails import PictureShelf
from scenes.plan.plan import Plan
from scenes.report.filling import Filler
from scenes.system.disk import refuse_links
from scenes.system.files import make_folder, save_atomically, writing

PAGE, DOCUMENT, PICTURES = "index.html", "document.html", "pictures"
MOST_PICTURES = 5000
"""Small copies that are written: of the pictures that most runs get wrong."""


def export_live(request: Request, console: Console, folder: Path) -> Path:
    """Write page, document and pictures into a folder; return where the page is.

    Pictures are small copies of those that some run gets wrong.

    Args:
        request: What is shown.
        console: Shows what is being done.
        folder: Takes the files; those of an earlier export are replaced.

    Raises:
        ScenesError: The description or the pictures have mistakes, or a file cannot be written.
    """
    session = Session(open_request(request, console))
    follower = Follower(session.opened.store, session.feed, session.subject)
    follower.look()
    document = session.document(follower)
    with console.status("writing the document"), Filler() as filler:
        document.look(filler)
    mistakes = _mistakes(session.plan())
    names = _wrong(mistakes.values())[:MOST_PICTURES]
    refuse_links(folder, [folder / PAGE, folder / DOCUMENT, folder / PICTURES / "0.jpg"])
    with writing(folder):
        make_folder(folder / PICTURES)
    shown = _save_pictures(session, names, folder / PICTURES)
    settings = {
        "is_static": True,
        "command": command_of(session.opened),
        "document": DOCUMENT,
        "mistakes": mistakes,
        "pictures": shown,
    }
    values = session.feed.since(0).encoded()
    save_atomically(folder / DOCUMENT, document.html)
    save_atomically(folder / PAGE, build_page(settings, data=values).encode("utf-8"))
    return folder / PAGE


def _mistakes(plan: Plan) -> dict[str, Any]:
    """Return what each value's runs got wrong, by study and value as the page names them."""
    return {
        json.dumps([study.study.name, trial.key], separators=(",", ":"), ensure_ascii=False): (
            describe_mistakes(trial)
        )
        for study in plan.studies
        for trial in study.trials
        if trial.records
    }


def _wrong(mistakes: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names of pictures that some run gets wrong, the most often first."""
    count: dict[str, int] = {}
    for one in mistakes:
        for said in one["said"]:
            for name, truth, answer in zip(one["pictures"], one["truth"], said, strict=True):
                if answer not in (truth, None):
                    count[name] = count.get(name, 0) + 1
    return sorted(count, key=lambda name: (-count[name], name))


def _save_pictures(session: Session, names: Iterable[str], folder: Path) -> dict[str, int]:
    """Write small copies of pictures; return the number of each file by the picture's name."""
    shelf = PictureShelf(lambda: session.opened.pictures.whole)
    shown: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        try:
            data = shelf.picture(name)
        except (KeyError, OSError):  # it is no longer there: its name stands without it
            continue
        save_atomically(folder / f"{number}.jpg", data)
        shown[name] = number
    return shown
