"""A picture file of the author's beside report.html: its path in, bytes for a page out.

PNG and JPEG in colours that PDF/A allows stay as they are. Everything else is decoded by the one
policy that pictures have (`scenes.data.decoding`) and written again, and large ones are made
smaller. A drawing (SVG) is kept if it neither runs nor fetches anything.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from PIL import Image

from scenes.data.decoding import FORMATS, Decoded, read_picture
from scenes.data.image_files import PictureError, open_regular
from scenes.report.figures.jpeg import encode_jpeg
from scenes.report.lint.html_rules import DRAWING, find_in_drawing
from scenes.system.formatting import said_size

LARGEST = 20 * 2**20
"""Bytes of a file."""
SIDE = 2400
"""Pixels of the longer side: 350 a printed inch on the width of a page."""
ENDINGS = (".svg", *(ending for endings in FORMATS.values() for ending in endings))

_SVG = "{http://www.w3.org/2000/svg}"
_SILENT = {"style", "title", "metadata"}
_KEPT = {("PNG", "RGB"), ("PNG", "L"), ("JPEG", "RGB"), ("JPEG", "L")}


def load_own_picture(folder: Path, source: str) -> tuple[str, bytes]:
    """Return the ending and the bytes with which a picture of the report is shown.

    Args:
        folder: Of the report.
        source: Address of the picture in a template, relative to that folder.

    Raises:
        PictureError: It is outside of the folder, too large, damaged, or no picture.
    """
    path = folder / unquote(source)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PictureError(path, "lies outside of the report's folder")
    with open_regular(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise PictureError(path, f"is larger than {said_size(LARGEST)}")
    if path.suffix.lower() == ".svg":
        return ".svg", _checked_drawing(path, data)
    return read_picture(path, lambda decoded: _for_page(decoded, data), examine=True)


def _for_page(decoded: Decoded, data: bytes) -> tuple[str, bytes]:
    """Return the file itself where a page can show it as it is, else the picture written again."""
    kind = decoded.format
    with Image.open(io.BytesIO(data), formats=[kind]) as file:
        # Turned, animated or of other colours, it would not look as the decoded one does.
        is_plain = (
            (kind, file.mode) in _KEPT and not decoded.handled and "icc_profile" not in file.info
        )
    if is_plain and max(decoded.image.size) <= SIDE:
        return (".png" if kind == "PNG" else ".jpg"), data
    picture = decoded.rgb
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    if kind == "JPEG":
        return ".jpg", encode_jpeg(picture)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return ".png", stream.getvalue()


def _checked_drawing(path: Path, data: bytes) -> bytes:
    """Return a drawing of which every element is known to draw only."""
    if b"<!ENTITY" in data:
        raise PictureError(path, "declares entities, which no drawing needs; save it as plain SVG")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise PictureError(path, f"is not well-formed SVG: {error}") from error
    except RecursionError as error:
        raise PictureError(path, "is nested too deeply") from error
    if root.tag != f"{_SVG}svg":
        raise PictureError(path, "is not SVG: it does not begin with <svg xmlns=…>")
    if wrong := next(_wrong_in(root), None):
        raise PictureError(path, f"holds what no drawing of a report may hold: {wrong}")
    return data


def _wrong_in(root: ElementTree.Element) -> Iterator[str]:
    """Yield what is wrong with the elements of SVG; those of editors are not drawn."""
    for element in root.iter():
        space, _, name = str(element.tag).rpartition("}")
        if f"{space}}}" != _SVG:
            if "xhtml" in space or not space:
                yield f"<{name}>: only SVG is drawn"
            continue
        if name.lower() not in DRAWING | _SILENT | {"image"}:
            yield f"<{name}>: no such element may stand in a report"
        yield from find_in_drawing(name.lower(), element.attrib, element.text or "")
