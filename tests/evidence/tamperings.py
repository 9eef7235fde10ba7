"""What can be done to a PDF that carries its evidence: a PDF in, one that tells something else out.

Each function takes the PDF and a source of randomness; `KINDS` says by which findings it is named.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pypdf
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from scenes.evidence import layout
from scenes.evidence.layout import encode_json, hashes, open_zip
from scenes.evidence.making import make_again
from scenes.evidence.unpacking import check_attachments
from scenes.runs.sealed import MANIFEST, encode_manifest
from scenes.system.plain_zip import encode_zip

Files = dict[str, bytes]


def opened(pdf: bytes) -> pypdf.PdfWriter:
    """Return a PDF for changing; what is not changed is kept."""
    return pypdf.PdfWriter(clone_from=io.BytesIO(pdf))


def saved(writer: pypdf.PdfWriter) -> bytes:
    """Return the bytes of a PDF that was changed."""
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def fonts(page: Any) -> dict[str, Any]:
    """Return the fonts of a page, by name."""
    return {name: font.get_object() for name, font in page["/Resources"]["/Font"].items()}


def characters(font: Any) -> dict[bytes, str]:
    """Return the characters that the codes of a font stand for."""
    table = font["/ToUnicode"].get_object().get_data()
    found = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>\n", table)
    return {code: chr(int(character, 16)) for code, character in found}


def drawings(page: Any) -> list[Any]:
    """Return the streams that draw a page: its own and those of its figures."""
    figures = [it.get_object() for it in page["/Resources"]["/XObject"].values()]
    return [page["/Contents"].get_object(), *(it for it in figures if it["/Subtype"] == "/Form")]


def set_data(stream: Any, data: bytes) -> None:
    """Put other content into a stream."""
    for key in ("/Filter", "/DecodeParms"):
        stream.pop(NameObject(key), None)
    stream._data = data
    stream.decoded_self = None


def digit_on_page(pdf: bytes, random: Random) -> bytes:
    """Replace a printed digit by another of the same font."""
    writer = opened(pdf)
    page = writer.pages[random.randrange(len(writer.pages))]
    stream = page["/Contents"].get_object()
    data = stream.get_data()
    places, choices = [], {}
    for found in re.finditer(rb"(/\w+) [\d.]+ Tf\n\[(.*?)\] TJ", data, re.DOTALL):
        digits = {
            code: character
            for code, character in characters(fonts(page)[found[1].decode()]).items()
            if character.isdigit()
        }
        for code in re.finditer(rb"[0-9a-f]{4}(?=>|[0-9a-f])", found[2]):
            others = [other for other in digits if other != code[0]]
            if code[0] in digits and others:
                place = found.start(2) + code.start()
                places.append(place)
                choices[place] = others
    place = random.choice(places)
    set_data(stream, data[:place] + random.choice(choices[place]) + data[place + 4 :])
    return saved(writer)


def overlay(pdf: bytes, random: Random) -> bytes:
    """Draw a white box over something."""
    writer = opened(pdf)
    page = writer.pages[random.randrange(len(writer.pages))]
    stream = page["/Contents"].get_object()
    x, y = random.randrange(100, 400), random.randrange(130, 400)
    box = f"\nq 1 1 1 rg {x} {y} {random.randrange(40, 200)} {random.randrange(20, 90)} re f Q\n"
    set_data(stream, stream.get_data() + box.encode())
    return saved(writer)


def moved_curve(pdf: bytes, random: Random) -> bytes:
    """Move a point of something that is drawn by several points."""
    writer = opened(pdf)
    page = writer.pages[0]
    stream = page["/Contents"].get_object()
    data = stream.get_data()
    found = random.choice(list(re.finditer(rb"\n(\d+\.\d+) (\d+\.\d+) l\n", data)))
    moved = float(found[2]) + random.choice((-1, 1)) * random.uniform(3, 40)
    set_data(stream, data[: found.start(2)] + b"%.6f" % moved + data[found.end(2) :])
    return saved(writer)


def swapped_figures(pdf: bytes, random: Random) -> bytes:
    """Draw one part of a figure where another belongs."""
    writer = opened(pdf)
    page = writer.pages[0]
    objects = page["/Resources"]["/XObject"].get_object()
    names = [name for name in objects if objects[name].get_object()["/Subtype"] == "/Form"]
    by_content: dict[bytes, Any] = {objects[it].get_object().get_data(): it for it in names}
    one, other = random.sample(sorted(by_content.values()), 2)
    first, second = objects.raw_get(one), objects.raw_get(other)
    objects[NameObject(one)], objects[NameObject(other)] = second, first
    return saved(writer)


def character_map(pdf: bytes, random: Random) -> bytes:
    """Let what is extracted be another number than what is drawn."""
    writer = opened(pdf)
    mapped = [it for page in writer.pages for it in fonts(page).values() if _digits(it)]
    font = random.choice(mapped)
    table = font["/ToUnicode"].get_object()
    code, character = random.choice(sorted(_digits(font).items()))
    other = random.choice([it for it in "0123456789" if it != character])
    old = b"<%s> <%04x>" % (code, ord(character))
    set_data(table, table.get_data().replace(old, b"<%s> <%04x>" % (code, ord(other))))
    return saved(writer)


def _digits(font: Any) -> dict[bytes, str]:
    return {code: it for code, it in characters(font).items() if it.isdigit()}


def glyph_outline(pdf: bytes, random: Random) -> bytes:
    """Let what is drawn be another number than what is extracted."""
    writer = opened(pdf)
    able = [it for page in writer.pages for it in fonts(page).values() if len(_digits(it)) > 1]
    font = random.choice(able)
    one, other = random.sample(sorted(_digits(font)), 2)
    descendant = font["/DescendantFonts"][0].get_object()
    file = descendant["/FontDescriptor"].get_object()["/FontFile2"].get_object()
    outlines = TTFont(io.BytesIO(file.get_data()), recalcTimestamp=False)
    names = outlines.getGlyphOrder()
    first, second = names[int(one, 16)], names[int(other, 16)]
    glyphs = outlines["glyf"]
    glyphs[first], glyphs[second] = glyphs[second], glyphs[first]
    stream = io.BytesIO()
    outlines.save(stream)
    set_data(file, stream.getvalue())
    return saved(writer)


def annotation(pdf: bytes, random: Random) -> bytes:
    """Lay a note that shows a number over a page."""
    writer = opened(pdf)
    page = writer.pages[random.randrange(len(writer.pages))]
    appearance = DecodedStreamObject()
    appearance.set_data(b"q 1 1 1 rg 0 0 60 20 re f Q")
    appearance.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(NumberObject, (0, 0, 60, 20))),
        }
    )
    x, y = random.randrange(50, 400), random.randrange(50, 700)
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(random.choice(("/FreeText", "/Stamp", "/Square"))),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (x, y, x + 60, y + 20))),
            NameObject("/Contents"): TextStringObject(f"{random.randrange(70, 99)} %"),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(appearance)}),
        }
    )
    notes = page.setdefault(NameObject("/Annots"), ArrayObject())
    notes.get_object().append(writer._add_object(note))
    return saved(writer)


def optional_content(pdf: bytes, random: Random) -> bytes:
    """Add a layer that a reader can switch on."""
    writer = opened(pdf)
    layer = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/OCG"),
                NameObject("/Name"): TextStringObject(f"layer {random.random()}"),
            }
        )
    )
    writer._root_object[NameObject("/OCProperties")] = DictionaryObject(
        {
            NameObject("/OCGs"): ArrayObject([layer]),
            NameObject("/D"): DictionaryObject({NameObject("/OFF"): ArrayObject([layer])}),
        }
    )
    return saved(writer)


def script(pdf: bytes, random: Random) -> bytes:
    """Let opening the file start something."""
    writer = opened(pdf)
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject(f"app.alert({random.random()})"),
        }
    )
    return saved(writer)


def incremental_update(pdf: bytes, random: Random) -> bytes:
    """Append a later version of a page."""
    stream = io.BytesIO(pdf)
    writer = pypdf.PdfWriter(stream, incremental=True)
    page = writer.pages[random.randrange(len(writer.pages))]
    content = page["/Contents"].get_object()
    set_data(content, content.get_data() + b"\nq 1 1 1 rg 100 100 300 300 re f Q\n")
    writer.write(stream)
    return stream.getvalue()


def alternative_text(pdf: bytes, random: Random) -> bytes:
    """Say something else to who cannot see a figure."""
    writer = opened(pdf)
    able = [
        it.get_object()
        for it in writer._objects
        if isinstance(it, DictionaryObject) and re.search(r"\d", str(it.get("/Alt", "")))
    ]
    figure = random.choice(able)
    text = str(figure["/Alt"])
    place = random.choice([found.start() for found in re.finditer(r"\d", text)])
    other = random.choice([it for it in "0123456789" if it != text[place]])
    changed = text[:place] + other + text[place + 1 :]
    figure[NameObject("/Alt")] = TextStringObject(changed)
    return saved(writer)


def page_removed(pdf: bytes, random: Random) -> bytes:
    """Leave a page out."""
    writer = opened(pdf)
    writer.remove_page(random.randrange(len(writer.pages)))
    return saved(writer)


def older_page(pdf: bytes, random: Random) -> bytes:
    """Put in a page of a report of other records."""
    files = sealed(_changed_record(read_files(pdf), random, is_sealed=True))
    manifest, _ = check_attachments(files)
    assert manifest is not None
    other = make_again(manifest, files).pdf
    assert other is not None
    writer = opened(pdf)
    writer.insert_page(pypdf.PdfReader(io.BytesIO(other)).pages[0], 0)
    writer.remove_page(1)
    return saved(writer)


def link_target(pdf: bytes, random: Random) -> bytes:
    """Let a link lead elsewhere."""
    writer = opened(pdf)
    links = [it.get_object() for page in writer.pages for it in page.get("/Annots", [])]
    link = random.choice(links)
    link.pop(NameObject("/Dest"), None)
    link[NameObject("/A")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/URI"),
            NameObject("/URI"): TextStringObject(f"https://example.org/{random.random()}"),
        }
    )
    return saved(writer)


def metadata(pdf: bytes, random: Random) -> bytes:
    """Change the authors or the title that file managers show."""
    writer = opened(pdf)
    key = random.choice(("/Author", "/Title"))
    writer.add_metadata({key: f"Somebody else {random.random()}"})
    return saved(writer)


# What is attached


def read_files(pdf: bytes) -> Files:
    """Return the attachments of a PDF."""
    found = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    return {name: versions[0] for name, versions in found.items()}


def with_files(pdf: bytes, files: Files) -> bytes:
    """Return a PDF whose attachments have other contents; their names stay."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    for name, spec in zip(names[::2], names[1::2], strict=True):
        set_data(spec.get_object()["/EF"]["/F"].get_object(), files[str(name)])
    return saved(writer)


def sealed(files: Files) -> Files:
    """Return attachments with a manifest that lists them as they are."""
    manifest = json.loads(files[layout.MANIFEST])
    others = {name: data for name, data in files.items() if name != layout.MANIFEST}
    manifest["files"] = hashes(others)
    return {**others, layout.MANIFEST: encode_json(manifest)}


def _changed_record(files: Files, random: Random, *, is_sealed: bool) -> Files:
    """Return attachments in which a digit of a record's history is another."""
    members = open_zip("records", files[layout.RECORDS])
    run = random.choice(sorted({name.partition("/")[0] for name in members if "/" in name}))
    path = f"{run}/history.csv"
    lines = members[path].decode().splitlines()
    # The last epoch, which the report prints: a loss and an accuracy on the validation split.
    cells = lines[-1].split(",")
    column = random.choice((2, 3))
    cells[column] = f"{float(cells[column]) - random.uniform(0.05, 0.2):.6f}"
    members[path] = ("\r\n".join([*lines[:-1], ",".join(cells)]) + "\r\n").encode()
    if is_sealed:
        own = {
            name.partition("/")[2]: data
            for name, data in members.items()
            if name.startswith(f"{run}/") and not name.endswith(MANIFEST)
        }
        members[f"{run}/{MANIFEST}"] = encode_manifest(own, kind="run", run_id=run)
    return {**files, layout.RECORDS: encode_zip(members)}


def digit_in_attachment(pdf: bytes, random: Random) -> bytes:
    """Change a record, and nothing that is derived from it."""
    return with_files(pdf, _changed_record(read_files(pdf), random, is_sealed=False))


def digit_in_record(pdf: bytes, random: Random) -> bytes:
    """Change a record and rewrite the manifest, but not the record's own."""
    return with_files(pdf, sealed(_changed_record(read_files(pdf), random, is_sealed=False)))


def forged_record(pdf: bytes, random: Random) -> bytes:
    """Replace a record by a consistent forged one, with every hash rewritten."""
    return with_files(pdf, sealed(_changed_record(read_files(pdf), random, is_sealed=True)))


def digit_in_both(pdf: bytes, random: Random) -> bytes:
    """Change a record consistently, and a digit on a page as well."""
    return forged_record(digit_on_page(pdf, random), random)


def _changed_results(pdf: bytes, part: str, key: str, value: str, random: Random) -> bytes:
    files = read_files(pdf)
    results = json.loads(files[layout.RESULTS])
    random.choice(results[part])[key] = value
    return with_files(pdf, sealed({**files, layout.RESULTS: encode_json(results)}))


def listed_fact(pdf: bytes, random: Random) -> bytes:
    """Change a number in the list of printed facts."""
    return _changed_results(pdf, "facts", "value", f"{random.uniform(90, 99):.2f}", random)


def listed_claim(pdf: bytes, random: Random) -> bytes:
    """Change a verdict in the list of claims."""
    return _changed_results(pdf, "claims", "status", f"decided-{random.randrange(9)}", random)


def derived_file(pdf: bytes, random: Random) -> bytes:
    """Let a card, a list or the crate say something else, with the manifest rewritten."""
    files = read_files(pdf)
    name = random.choice((layout.MODEL_CARD, layout.CHECKLIST, layout.CRATE, layout.LIST))
    places = [found.start() for found in re.finditer(rb"[0-9]", files[name])]
    place = random.choice(places)
    old = files[name][place : place + 1]
    other = random.choice([one for one in b"0123456789" if bytes([one]) != old])
    changed = files[name][:place] + bytes([other]) + files[name][place + 1 :]
    return with_files(pdf, sealed({**files, name: changed}))


def recompressed(pdf: bytes, random: Random) -> bytes:
    """Pack an archive anew, so that its hash is another and its content the same."""
    files = read_files(pdf)
    name = random.choice((layout.RECORDS, layout.PICTURES, layout.DESCRIPTION))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member, data in open_zip(name, files[name]).items():
            info = zipfile.ZipInfo(member, (1980 + random.randrange(100), 1, 1, 0, 0, 0))
            archive.writestr(info, data)
    return with_files(pdf, {**files, name: stream.getvalue()})


def claim_branch(pdf: bytes, random: Random) -> bytes:
    """Let the template say the opposite where the page does not, or the other way round."""
    files = read_files(pdf)
    members = open_zip("description", files[layout.DESCRIPTION])
    text = members["own/own.html"].decode()
    told = f"wins clearly, {random.choice(('always', 'truly', 'again', 'indeed'))}."
    assert "wins." in text
    members["own/own.html"] = text.replace("wins.", told).encode()
    return with_files(pdf, sealed({**files, layout.DESCRIPTION: encode_zip(members)}))


def attachment_removed(pdf: bytes, random: Random) -> bytes:
    """Take one attachment out of the list."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    place = 2 * random.randrange(len(names) // 2)
    spec = names[place + 1]
    del names[place : place + 2]
    associated = writer._root_object["/AF"]
    for index in reversed(range(len(associated))):
        if associated[index].get_object() == spec.get_object():
            del associated[index]
    return saved(writer)


def attachment_added(pdf: bytes, random: Random) -> bytes:
    """Attach something else."""
    writer = opened(pdf)
    writer.add_attachment(f"extra{random.randrange(999)}.txt", b"trust me")
    return saved(writer)


def attachment_doubled(pdf: bytes, random: Random) -> bytes:
    """Attach a second file of the same name."""
    writer = opened(pdf)
    writer.add_attachment(random.choice(layout.ATTACHMENTS), b"another")
    return saved(writer)


def manifest_rewritten(pdf: bytes, random: Random) -> bytes:
    """Let the manifest list a hash that no file has."""
    files = read_files(pdf)
    manifest = json.loads(files[layout.MANIFEST])
    name = random.choice(sorted(manifest["files"]))
    manifest["files"][name] = f"{random.getrandbits(256):064x}"
    return with_files(pdf, {**files, layout.MANIFEST: encode_json(manifest)})


def picture_list(pdf: bytes, random: Random) -> bytes:
    """Say that other pictures were used."""
    files = read_files(pdf)
    members = open_zip("pictures", files[layout.PICTURES])
    listed = json.loads(members[layout.DATASET])
    random.choice(listed["splits"]["train"])[2] = f"{random.getrandbits(256):064x}"
    members[layout.DATASET] = encode_json(listed)
    return with_files(pdf, sealed({**files, layout.PICTURES: encode_zip(members)}))


def printed_picture(pdf: bytes, random: Random) -> bytes:
    """Replace a bitmap by another of the same size."""
    files = read_files(pdf)
    members = open_zip("pictures", files[layout.PICTURES])
    name = random.choice(sorted(name for name in members if name.endswith(".png")))
    size = Image.open(io.BytesIO(members[name])).size
    stream = io.BytesIO()
    colour = tuple(random.randrange(256) for _ in range(3))
    Image.new("RGB", size, colour).save(stream, "PNG")
    members[name] = stream.getvalue()
    return with_files(pdf, sealed({**files, layout.PICTURES: encode_zip(members)}))


def record_missing(pdf: bytes, random: Random) -> bytes:
    """Leave a run out of the records, consistently."""
    files = read_files(pdf)
    members = open_zip("records", files[layout.RECORDS])
    run = random.choice(sorted({name.partition("/")[0] for name in members if "/" in name}))
    kept = {name: data for name, data in members.items() if not name.startswith(f"{run}/")}
    return with_files(pdf, sealed({**files, layout.RECORDS: encode_zip(kept)}))


@dataclass(frozen=True)
class Tampering:
    """A way to change a PDF, and the kinds of finding of which one must name it."""

    change: Callable[[bytes, Random], bytes]
    named: frozenset[str]


def _kind(change: Callable[[bytes, Random], bytes], *named: str) -> Tampering:
    return Tampering(change, frozenset(named))


KINDS = {
    one.change.__name__: one
    for one in (
        _kind(digit_on_page, "number on a page"),
        _kind(overlay, "page content"),
        _kind(moved_curve, "page content"),
        _kind(swapped_figures, "figure"),
        _kind(character_map, "character map"),
        _kind(glyph_outline, "font"),
        _kind(annotation, "annotation"),
        _kind(optional_content, "optional content"),
        _kind(script, "foreign part"),
        _kind(incremental_update, "incremental update"),
        _kind(alternative_text, "alternative text"),
        _kind(page_removed, "pages"),
        _kind(older_page, "number on a page"),
        _kind(link_target, "annotation"),
        _kind(metadata, "metadata"),
        _kind(digit_in_attachment, "attachment changed"),
        _kind(digit_in_record, "evidence"),
        _kind(forged_record, "number on a page", "fact"),
        _kind(digit_in_both, "number on a page", "fact"),
        _kind(listed_fact, "fact"),
        _kind(listed_claim, "claim"),
        _kind(derived_file, "derived file"),
        _kind(recompressed, "attachment changed"),
        _kind(claim_branch, "text on a page"),
        _kind(attachment_removed, "attachment removed"),
        _kind(attachment_added, "attachment added"),
        _kind(attachment_doubled, "attachment doubled"),
        _kind(manifest_rewritten, "attachment changed"),
        _kind(picture_list, "record missing"),
        _kind(record_missing, "record missing"),
        _kind(printed_picture, "drawn pages"),
    )
}
