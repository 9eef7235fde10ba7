"""What figures that a report asks for by name have in common."""

from scenes.data.folder import Dataset
from scenes.data.image_files import PictureError
from scenes.report.figures.data import Example
from scenes.report.figures.scope import Scope
from scenes.report.language.locale import Words
from scenes.report.views.figure import FigureView

THUMBNAIL = 128
"""Side of an example picture, in pixels."""


def exhibit_view(
    title: str, caption: str, asset: str, alt: str, scope: Scope, remarks: tuple[str, ...] = ()
) -> FigureView:
    """Return the view of a picture, with what a reader must know of its network."""
    if is_transfer(scope):
        remarks = (*remarks, *scope.final.remarks)
    return FigureView(None, "exhibit", title, caption, asset=asset, alt=alt, remarks=remarks)


def is_transfer(scope: Scope) -> bool:
    """Return whether what a reader must know of transferred weights concerns this network."""
    return scope.records.settings.used_backbone is not None


def lost_note(count: int, words: Words) -> tuple[str, ...]:
    """Say how many pictures can no longer be shown; nothing where all can."""
    return (words("notice.lost_pictures", n=words.integer(count)),) if count else ()


def example_of(name: str, lines: tuple[str, ...], dataset: Dataset) -> Example:
    """Return a picture of the data set with its lines; without it where it cannot be read."""
    try:
        return Example(dataset.printed(name, THUMBNAIL), lines)
    except (OSError, PictureError):
        return Example(None, lines)
