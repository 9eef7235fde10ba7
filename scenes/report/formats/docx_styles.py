"""The file from which pandoc takes styles, page and footer of a .docx: its own, with the report's.

What differs from pandoc's is text that can be read, in `templates/docx`.
"""

import io
import zipfile
from pathlib import Path

from lxml import etree

from scenes.report.formats.pandoc import default_file
from scenes.system.plain_zip import encode_zip

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FOOTER = "word/footer1.xml"
_RELATION = (
    f'<Relationship Type="{_R}/footer" Id="rIdFooter1" Target="footer1.xml" /></Relationships>'
)
_TYPE = (
    f'<Override PartName="/{_FOOTER}" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.footer+xml" /></Types>'
)
_TWIP = 1440
"""Word's unit, of an inch."""


def reference_file(folder: Path, *, page: tuple[float, float], margin: float) -> bytes:
    """Return the file.

    Args:
        folder: Holds styles and footer.
        page: Width and height in inches.
        margin: On all sides, in inches.
    """
    with zipfile.ZipFile(io.BytesIO(default_file("reference.docx"))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["word/styles.xml"] = _with_styles(files["word/styles.xml"], folder / "styles.xml")
    files["word/document.xml"] = _with_page(files["word/document.xml"], page, margin)
    files[_FOOTER] = (folder / "footer.xml").read_bytes()
    for name, end, more in (
        ("word/_rels/document.xml.rels", b"</Relationships>", _RELATION),
        ("[Content_Types].xml", b"</Types>", _TYPE),
    ):
        files[name] = files[name].replace(end, more.encode())
    return encode_zip(files)


def _with_styles(known: bytes, path: Path) -> bytes:
    """Return pandoc's styles with those of a file, by their ids."""
    root, own = etree.fromstring(known), etree.fromstring(path.read_bytes())
    ids = f"{{{_W}}}styleId"
    new = {style.get(ids): style for style in own.findall(f"{{{_W}}}style")}
    for style in root.findall(f"{{{_W}}}style"):
        if style.get(ids) in new:
            root.replace(style, new.pop(style.get(ids)))
    root.extend(new.values())
    defaults = f"{{{_W}}}docDefaults"
    root.replace(root.find(defaults), own.find(defaults))
    whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return whole


def _with_page(document: bytes, page: tuple[float, float], margin: float) -> bytes:
    """Return pandoc's document with the size of the page, its margins and its footer."""
    root = etree.fromstring(document)
    section = next(root.iter(f"{{{_W}}}sectPr"))
    footer = etree.SubElement(section, f"{{{_W}}}footerReference")
    footer.set(f"{{{_W}}}type", "default")
    footer.set(f"{{{_R}}}id", "rIdFooter1")
    section.insert(0, footer)
    width, height = (str(round(side * _TWIP)) for side in page)
    etree.SubElement(section, f"{{{_W}}}pgSz", {f"{{{_W}}}w": width, f"{{{_W}}}h": height})
    sides = dict.fromkeys(("top", "right", "bottom", "left"), round(margin * _TWIP))
    sides |= {"header": _TWIP // 2, "footer": _TWIP // 2, "gutter": 0}
    etree.SubElement(
        section, f"{{{_W}}}pgMar", {f"{{{_W}}}{name}": str(size) for name, size in sides.items()}
    )
    whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return whole
