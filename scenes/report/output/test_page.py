"""A page of one letter, drawn to see that a PDF can be drawn here at all."""

from scenes.report.output.pdf import PdfWriter, render_pdf

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title><style>
@font-face { font-family: F; src: url("asset:fonts/SourceSerifPro-Regular.ttf") }
body { font-family: F }
</style></head><body><p>ñ</p></body></html>"""


def render_test_page(writer: PdfWriter | None = None) -> bytes:
    """Return the PDF of the page, drawn by the process and with the fonts of a report.

    Args:
        writer: The process; None starts one.

    Raises:
        RenderError: It cannot be drawn, and why.
    """
    return writer.render(PAGE, assets={}) if writer else render_pdf(PAGE, assets={})
