"""What an able forger does beside tampering: a PDF or its attachments in, changed ones out.

`FRAMES` changes what surrounds the pages. `SMUGGLED` puts into the evidence what its reader has no
need to look at. `remade` makes all that follows from attachments again, as the program does, and
`as_of_other_versions` says that other versions wrote the document.
"""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from unittest.mock import patch

from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)
from tamperings import (
    Files,
    _kind,
    drawings,
    opened,
    read_files,
    saved,
    sealed,
    set_data,
    with_files,
)

from scenes.evidence import layout, making
from scenes.evidence.layout import encode_json, open_zip
from scenes.evidence.making import make_again
from scenes.evidence.unpacking import check_attachments
from scenes.runs.sealed import MANIFEST, encode_manifest
from scenes.system.plain_zip import encode_zip

# What surrounds the pages


def bookmark(pdf: bytes, random: Random) -> bytes:
    """Let a bookmark say something else."""
    writer = opened(pdf)
    first = writer._root_object["/Outlines"].get_object()["/First"].get_object()
    first[NameObject("/Title")] = TextStringObject(f"Accuracy {random.randrange(90, 99)} %")
    return saved(writer)


def xmp(pdf: bytes, random: Random) -> bytes:
    """Say something else in the metadata that catalogues read."""
    writer = opened(pdf)
    stream = writer._root_object["/Metadata"].get_object()
    title = f"<dc:title>{random.random()} "
    set_data(stream, stream.get_data().replace(b"<dc:title>", title.encode(), 1))
    return saved(writer)


def language(pdf: bytes, random: Random) -> bytes:
    """Let it be read aloud in another language."""
    writer = opened(pdf)
    writer._root_object[NameObject("/Lang")] = TextStringObject(random.choice(("zz", "fr", "de")))
    return saved(writer)


def attachment_described(pdf: bytes, random: Random) -> bytes:
    """Say of an attachment that it is something else."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    spec = names[2 * random.randrange(len(names) // 2) + 1].get_object()
    spec[NameObject("/Desc")] = TextStringObject(f"checked by {random.random()}")
    return saved(writer)


def reading_order(pdf: bytes, random: Random) -> bytes:
    """Let a screen reader read two paragraphs the other way round."""
    writer = opened(pdf)
    lists = [
        it["/K"]
        for it in writer._objects
        if isinstance(it, DictionaryObject) and isinstance(it.get("/K"), ArrayObject)
    ]
    kids = random.choice([it for it in lists if len(it) > 2 and it[0] != it[1]])
    kids[0], kids[1] = kids[1], kids[0]
    return saved(writer)


def expansion(pdf: bytes, random: Random) -> bytes:
    """Let a screen reader read something else instead of a paragraph."""
    writer = opened(pdf)
    parts = [it for it in writer._objects if isinstance(it, DictionaryObject) and "/K" in it]
    part = random.choice([it for it in parts if it.get("/S") in ("/P", "/H1", "/TD")])
    part[NameObject("/E")] = TextStringObject(f"{random.randrange(90, 99)} %")
    return saved(writer)


def link_note(pdf: bytes, random: Random) -> bytes:
    """Let a link show a note."""
    writer = opened(pdf)
    links = [it.get_object() for page in writer.pages for it in page.get("/Annots", [])]
    random.choice(links)[NameObject("/Contents")] = TextStringObject(f"{random.random()}")
    return saved(writer)


def second_file(pdf: bytes, random: Random) -> bytes:
    """Attach another file under the name of one, for programs that look there."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    spec = names[2 * random.randrange(len(names) // 2) + 1].get_object()
    other = DecodedStreamObject()
    other.set_data(b"another")
    spec["/EF"].get_object()[NameObject("/UF")] = writer._add_object(other)
    return saved(writer)


def faint_mark(pdf: bytes, random: Random) -> bytes:
    """Draw something in a grey that hardly differs from the paper, on the margin."""
    writer = opened(pdf)
    stream = drawings(writer.pages[0])[0]
    grey, y = random.uniform(0.9, 0.98), random.randrange(10, 30)
    mark = f"\nq {grey:.3f} g 1 0 0 1 0 0 cm 100 {y} 90 12 re f Q\n"
    set_data(stream, stream.get_data() + mark.encode())
    return saved(writer)


def hidden_object(pdf: bytes, random: Random) -> bytes:
    """Put an object into the file to which nothing leads."""
    writer = opened(pdf)
    hidden = DecodedStreamObject()
    hidden.set_data(random.randbytes(100))
    writer._add_object(hidden)
    return saved(writer)


def hidden_table(pdf: bytes, random: Random) -> bytes:
    """Put a stream into the file that calls itself a list of objects, and is none."""
    writer = opened(pdf)
    hidden = DecodedStreamObject()
    hidden.set_data(random.randbytes(100))
    hidden[NameObject("/Type")] = NameObject(random.choice(("/ObjStm", "/XRef")))
    writer._add_object(hidden)
    return saved(writer)


def packing_note(pdf: bytes, random: Random) -> bytes:
    """Write where it is said how an attachment is packed."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    spec = names[2 * random.randrange(len(names) // 2) + 1].get_object()
    note = DictionaryObject({NameObject("/Note"): TextStringObject(f"{random.random()}")})
    spec["/EF"].get_object()["/F"].get_object()[NameObject("/DecodeParms")] = note
    return saved(writer)


def packing_of_nothing(pdf: bytes, random: Random) -> bytes:
    """Say how something is packed that is no stream."""
    writer = opened(pdf)
    outlines = writer._root_object["/Outlines"].get_object()
    outlines[NameObject("/Filter")] = TextStringObject(f"{random.randrange(90, 99)} %")
    return saved(writer)


def no_information(pdf: bytes, random: Random) -> bytes:
    """Take title, authors and dates away."""
    writer = opened(pdf)
    writer._info = None
    return saved(writer)


def spoken_text(pdf: bytes, random: Random) -> bytes:
    """Let a screen reader say something else in place of what is drawn."""
    writer = opened(pdf)
    stream = drawings(writer.pages[0])[0]
    data = stream.get_data()
    said = b"<</Alt (%d %%) /MCID" % random.randrange(90, 99)
    place = random.choice([found.span() for found in re.finditer(rb"<<\s*/MCID", data)])
    set_data(stream, data[: place[0]] + said + data[place[1] :])
    return saved(writer)


def named_text(pdf: bytes, random: Random) -> bytes:
    """Bring a text that drawings may have read aloud."""
    writer = opened(pdf)
    said = DictionaryObject({NameObject("/Alt"): TextStringObject(f"{random.random()}")})
    resources = writer.pages[0]["/Resources"].get_object()
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/P1"): said})
    return saved(writer)


def header(pdf: bytes, random: Random) -> bytes:
    """Say that it is a PDF of another version."""
    return b"%PDF-" + random.choice((b"2.0", b"1.9", b"0.1", b"1.77")) + pdf[pdf.index(b"\n") :]


def trailer(pdf: bytes, random: Random) -> bytes:
    """Let the trailer hold something more."""
    writer = opened(pdf)
    packed = saved(writer)
    note = f"trailer\n<<\n/Note ({random.random()})".encode()
    assert b"trailer\n<<" in packed
    return packed.replace(b"trailer\n<<", note, 1)


FRAMES = {
    one.change.__name__: one
    for one in (
        _kind(bookmark, "bookmarks"),
        _kind(xmp, "metadata"),
        _kind(language, "other"),
        _kind(attachment_described, "attachment"),
        _kind(reading_order, "structure"),
        _kind(expansion, "structure"),
        _kind(link_note, "annotation"),
        _kind(second_file, "attachment"),
        _kind(faint_mark, "page content", "drawn pages"),
        _kind(hidden_object, "foreign part"),
        _kind(hidden_table, "foreign part"),
        _kind(packing_note, "attachment"),
        _kind(packing_of_nothing, "bookmarks"),
        _kind(no_information, "metadata"),
        _kind(spoken_text, "page content", "alternative text"),
        _kind(named_text, "pages", "alternative text"),
        _kind(header, "foreign part"),
        _kind(trailer, "foreign part"),
    )
}


# What a forger makes again


def remade(files: Files) -> bytes:
    """Return the document of attachments after all that follows from them was made again."""
    found: Files = {}
    make = making.derived_files

    def note(*given: object) -> Files:
        found.update(make(*given))  # type: ignore[arg-type]
        return dict(found)

    with patch.object(making, "derived_files", note):
        for _ in range(2):  # a list that others are in follows from them
            files = sealed({**files, **{name: found[name] for name in found if name in files}})
            manifest, _ = check_attachments(files)
            assert manifest is not None
            made = make_again(manifest, files)
    files = sealed({**files, **found})
    made = make_again(manifest, files)
    assert made.pdf is not None, made.findings
    return made.pdf


def as_of_other_versions(pdf: bytes) -> bytes:
    """Return a document that says that another version has written it, and is consistent."""
    files = read_files(pdf)
    manifest = json.loads(files[layout.MANIFEST])
    manifest["written_with"]["weasyprint"] = "60.0"
    return remade({**files, layout.MANIFEST: encode_json(manifest)})


# What nobody reads

Smuggling = Callable[[Files, Random], Files]


def _in_archive(name: str, change: Callable[[Files, Random], Files]) -> Smuggling:
    """Return what changes the files of an archive."""

    def smuggle(files: Files, random: Random) -> Files:
        members = change(open_zip(name, files[name]), random)
        return {**files, name: encode_zip(members)}

    return smuggle


def _around_archive(change: Callable[[bytes, Random], bytes]) -> Smuggling:
    """Return what changes an archive as a file."""

    def smuggle(files: Files, random: Random) -> Files:
        name = random.choice((layout.RECORDS, layout.PICTURES, layout.DESCRIPTION))
        return {**files, name: change(files[name], random)}

    return smuggle


def _with_member(data: bytes, name: str, attributes: int = 0o644 << 16) -> bytes:
    """Return an archive with one more file; NUL and all else in its name are kept."""
    stream = io.BytesIO(data)
    info = zipfile.ZipInfo("x" * len(name))
    info.external_attr = attributes
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(info, b"99 %")
    return stream.getvalue().replace(b"x" * len(name), name.encode())


def _second_key(data: bytes, random: Random) -> bytes:
    return data.replace(b"{", b'{"note": "%d %%",' % random.randrange(90, 99), 1)


def _twice(data: bytes, key: bytes) -> bytes:
    """Return JSON whose first object has a key twice; the last counts for most readers."""
    assert b'"%s"' % key in data
    return data.replace(b"{", b'{"%s": "99 %%",' % key, 1)


def _in_results(change: Callable[[bytes, Random], bytes]) -> Smuggling:
    return lambda files, random: {**files, layout.RESULTS: change(files[layout.RESULTS], random)}


def _in_record(file: str, change: Callable[[bytes, Random], bytes]) -> Smuggling:
    """Return what changes a file of a run, whose own manifest then lists it."""

    def smuggle(members: Files, random: Random) -> Files:
        run = random.choice(sorted({it.partition("/")[0] for it in members if "/" in it}))
        members[f"{run}/{file}"] = change(members[f"{run}/{file}"], random)
        own = {
            name.partition("/")[2]: data
            for name, data in members.items()
            if name.startswith(f"{run}/") and not name.endswith(MANIFEST)
        }
        members[f"{run}/{MANIFEST}"] = encode_manifest(own, kind="run", run_id=run)
        return members

    return _in_archive(layout.RECORDS, smuggle)


def _in_member(archive: str, name: str, change: Callable[[bytes, Random], bytes]) -> Smuggling:
    return _in_archive(archive, lambda files, rng: {**files, name: change(files[name], rng)})


def _with_chunk(png: bytes, random: Random) -> bytes:
    """Return a picture with a text in it."""
    text = b"tEXtComment\0%d %%" % random.randrange(90, 99)
    chunk = struct.pack(">L", len(text) - 4) + text + struct.pack(">L", zlib.crc32(text))
    end = png.rindex(b"IEND") - 4
    return png[:end] + chunk + png[end:]


def _unprinted_bitmap(files: Files, random: Random) -> Files:
    keys = json.loads(files[layout.BITMAPS])
    keys.append([f"zz/{random.random()}.jpg", 24, "square"])
    bitmap = files["bitmaps/0000.png"]
    added = {layout.BITMAPS: encode_json(keys), f"bitmaps/{len(keys) - 1:04d}.png": bitmap}
    return {**files, **added}


SMUGGLED: dict[str, Smuggling] = {
    "a key twice in results": _in_results(lambda data, _: _twice(data, b"facts")),
    "another key in results": _in_results(_second_key),
    "no number in results": _in_results(lambda data, _: data.replace(b"{", b'{"n": NaN,', 1)),
    "blanks after results": _in_results(lambda data, rng: data + b" " * rng.randrange(1, 9)),
    "a key twice in the request": _in_member(
        layout.DESCRIPTION, layout.REQUEST, lambda data, _: _twice(data, b"language")
    ),
    "a key twice in the list of pictures": _in_member(
        layout.PICTURES, layout.DATASET, lambda data, _: _twice(data, b"name")
    ),
    "a key twice in a record": _in_record("summary.json", lambda data, _: _twice(data, b"layers")),
    "another key in a record": _in_record("environment.json", _second_key),
    "digits beyond a float in a history": _in_record(
        "history.csv", lambda data, _: data.replace(b"\r\n", b"000\r\n").replace(b"s000", b"s")
    ),
    "a text in a bitmap": _in_member(layout.PICTURES, "bitmaps/0000.png", _with_chunk),
    "a bitmap that is not printed": _in_archive(layout.PICTURES, _unprinted_bitmap),
    "a file in the description": _in_archive(
        layout.DESCRIPTION, lambda files, _: {**files, "note.md": b"99 %"}
    ),
    "a file among the report's own": _in_archive(
        layout.DESCRIPTION, lambda files, _: {**files, "own/note.md": b"99 %"}
    ),
    "a file beside the pictures": _in_archive(
        layout.PICTURES, lambda files, _: {**files, "bitmaps/note.png": b"99 %"}
    ),
    "a comment of an archive": _around_archive(lambda data, _: data[:-2] + b"\x04\0note"),
    "bytes before an archive": _around_archive(lambda data, rng: rng.randbytes(9) + data),
    "bytes in the middle of an archive": _around_archive(
        lambda data, rng: data.replace(b"PK\1\2", rng.randbytes(9) + b"PK\1\2", 1)
    ),
    "a symbolic link": _around_archive(
        lambda data, _: _with_member(data, "own/link.md", 0o120777 << 16)
    ),
    "a name with NUL": _around_archive(lambda data, _: _with_member(data, "own/a\0b.md")),
    "a name that clears the screen": _around_archive(
        lambda data, _: _with_member(data, "own/\x1b[2J.md")
    ),
    "a name that differs in case": _in_archive(
        layout.DESCRIPTION, lambda files, _: {**files, "Report.toml": b"99 %"}
    ),
    "a date of a member": _around_archive(
        lambda data, rng: data.replace(b"\0\0\x21\0", struct.pack("<HH", 0, rng.randrange(34, 99)))
    ),
}
"""By what is smuggled in."""


def smuggled(pdf: bytes, name: str, random: Random) -> bytes:
    """Return a PDF with something smuggled in, made again with it where it can be made at all."""
    files = SMUGGLED[name](read_files(pdf), random)
    assert files != read_files(pdf)
    try:
        return remade(files)
    except AssertionError:  # nothing can be made of it
        return with_files(pdf, sealed(files))


def odd_manifest(pdf: bytes) -> bytes:
    """Return a PDF whose manifest has a key twice."""
    files = read_files(pdf)
    return with_files(pdf, {**files, layout.MANIFEST: _twice(files[layout.MANIFEST], b"format")})


def named_attachment(pdf: bytes, name: str) -> bytes:
    """Return a PDF with an attachment of any name."""
    writer = opened(pdf)
    names = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"]
    spec = DictionaryObject(names[1].get_object())
    text = TextStringObject(name)
    spec[NameObject("/F")] = spec[NameObject("/UF")] = text
    names.extend([text, writer._add_object(spec)])
    writer._root_object["/AF"].append(names[-1])
    return saved(writer)
