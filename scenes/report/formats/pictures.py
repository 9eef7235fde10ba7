"""The pictures of a document as files that other programs read: SVG in, PDF pages and PNG out.

WeasyPrint draws each figure on a page of its size, with the fonts of the report; pdfium makes
pixels of a page. Pictures that have pixels already are passed on as they are.
"""

import io
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pypdfium2
from PIL import Image

from scenes.report.output.pdf import PdfWriter

DOTS = 216
"""Pixels per inch of a figure that is not kept as lines."""
_PIXEL = 0.75  # points
_UNITS = {
    "": _PIXEL,
    "px": _PIXEL,
    "pt": 1.0,
    "pc": 12.0,
    "mm": 72 / 25.4,
    "cm": 72 / 2.54,
    "in": 72.0,
}
_USUAL = (300.0, 150.0)
"""Pixels of a drawing that names no size, as in CSS."""
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Figure</title><style>
@font-face {{ font-family: "Source Serif Pro"; src: url("asset:fonts/SourceSerifPro-Regular.ttf") }}
@font-face {{ font-family: "Source Serif Pro"; font-style: italic;
  src: url("asset:fonts/SourceSerifPro-It.ttf") }}
@font-face {{ font-family: "Source Serif Pro"; font-weight: 600;
  src: url("asset:fonts/SourceSerifPro-Semibold.ttf") }}
@font-face {{ font-family: "Source Serif Pro"; font-weight: 600; font-style: italic;
  src: url("asset:fonts/SourceSerifPro-SemiboldIt.ttf") }}
@font-face {{ font-family: "DejaVu Sans"; src: url("asset:fonts/DejaVuSans.ttf") }}
@font-face {{ font-family: "DejaVu Sans Mono"; src: url("asset:fonts/DejaVuSansMono.ttf") }}
@page {{ size: {width} {height}; margin: 0 }}
html, body {{ margin: 0; font-family: "Source Serif Pro", "DejaVu Sans" }}
img {{ display: block; width: 100% }}
</style></head><body><img src="asset:{name}" alt="figure"></body></html>"""


def draw_pages(pictures: Mapping[str, bytes], *, writer: PdfWriter) -> dict[str, bytes]:
    """Return each SVG picture as a PDF of one page of its size.

    Args:
        pictures: By name; those that are no SVG are passed over.
        writer: Draws them.

    Raises:
        RenderError: One cannot be drawn.
    """
    return {
        name: _draw_page(name, data, writer)
        for name, data in pictures.items()
        if name.endswith(".svg")
    }


def _draw_page(name: str, drawing: bytes, writer: PdfWriter) -> bytes:
    # Pages of one file would share fonts and photographs, and each of them carry all.
    width, height = size_of(drawing)
    page = _PAGE.format(width=f"{width:.3f}pt", height=f"{height:.3f}pt", name=name)
    return writer.render(page, assets={name: drawing})


def draw_pixels(page: bytes) -> bytes:
    """Return a PDF of one page as PNG."""
    document = pypdfium2.PdfDocument(page)
    try:
        image = document[0].render(scale=DOTS / 72).to_pil().convert("RGB")
    finally:
        document.close()
    out = io.BytesIO()
    _fewer_colours(image).save(out, "PNG", dpi=(DOTS, DOTS), optimize=True)
    return out.getvalue()


def _fewer_colours(image: Image.Image) -> Image.Image:
    """Return a drawing with a palette, where that loses nothing."""
    found = image.getcolors(256)
    return image.quantize(len(found), dither=Image.Dither.NONE) if found else image


def size_of(drawing: bytes) -> tuple[float, float]:
    """Return width and height of an SVG picture in points, as browsers find them."""
    root = ElementTree.fromstring(drawing)
    box = [float(it) for it in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if it]
    wide, high = box[2:] if len(box) == 4 else _USUAL
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if width is None and height is None:
        return wide * _PIXEL, high * _PIXEL
    if width is None or height is None:
        return (width or (height or 0) * wide / high), (height or (width or 0) * high / wide)
    return width, height


def _length(text: str) -> float | None:
    """Return a length of SVG in points; None for one that depends on what is around it."""
    found = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*)\s*", text)
    return float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else None


def width_of(name: str, data: bytes) -> float:
    """Return how wide a picture is meant to be, in inches."""
    if name.endswith(".svg"):
        return size_of(data)[0] / 72
    with Image.open(io.BytesIO(data)) as image:
        return image.width * _PIXEL / 72


def as_files(
    pictures: Mapping[str, bytes], pages: Mapping[str, bytes], *, keep_lines: bool
) -> dict[str, tuple[str, bytes]]:
    """Return the file of each picture by the picture's name: the file's name and its bytes.

    Args:
        pictures: By name.
        pages: Those of them that are drawings, as `draw_pages` returns them.
        keep_lines: Whether a drawing becomes PDF; else it becomes PNG.
    """
    files = {}
    for name, data in pictures.items():
        stem = f"figures/{PurePosixPath(name).stem}"
        if name in pages:
            files[name] = (
                (f"{stem}.pdf", pages[name])
                if keep_lines
                else (f"{stem}.png", draw_pixels(pages[name]))
            )
        else:
            files[name] = _as_known(stem, PurePosixPath(name).suffix, data)
    return files


def _as_known(stem: str, ending: str, data: bytes) -> tuple[str, bytes]:
    """Return a picture of pixels as PNG or JPEG, which every program reads."""
    if ending in (".png", ".jpg", ".jpeg"):
        return f"{stem}{ending}", data
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.convert("RGBA").save(out, "PNG")
    return f"{stem}.png", out.getvalue()
