"""Every kind of picture is decoded by one policy, and every bad file is named with its cause."""

import contextlib
import hashlib
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile, ImageOps, PngImagePlugin

from scenes.data import decoding
from scenes.data.decoding import (
    FORMATS,
    MAX_PIXELS,
    UPRIGHT,
    Decoded,
    Seen,
    decode_picture,
    read_picture,
    see_picture,
)
from scenes.data.image_files import PictureError, sniff
from scenes.data.parallel import map_pictures
from scenes.data.perceptual_hash import perceptual_hash
from scenes.data.pixels import as_rgb
from scenes.system.formatting import printable

RED = (255, 0, 0)
WHITE = (255, 255, 255)
BYTES_IO = io.BytesIO


def noise(width: int = 40, height: int = 20, *, seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Return a picture that no compression makes small."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a file of this kind."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG file (PNG specification, section 5.3)."""
    crc = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + crc


def png(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    """Return a PNG with samples that Pillow cannot write; colour 0 is grey, 2 is RGB, 6 RGBA."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def see_through(depth: int, colour: int, rows: bytes, value: bytes, *, width: int) -> bytes:
    """Return a PNG of one row in which one value is transparent (chunk tRNS)."""
    content = png(width, 1, depth=depth, colour=colour, rows=rows)
    at = content.index(b"IDAT") - 4
    return content[:at] + chunk(b"tRNS", value) + content[at:]


def be16(*values: int) -> bytes:
    """Return 16-bit samples as PNG stores them."""
    return struct.pack(f">{len(values)}H", *values)


def pixel(image: Image.Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    """Return the three values of one pixel."""
    return tuple(int(value) for value in np.asarray(image)[y, x])


def both(path: Path) -> tuple[Image.Image, Seen]:
    """Return the picture as RGB and what was seen."""
    return read_picture(path, lambda decoded: (decoded.rgb, decoded.seen()))


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_decoded_to_rgb(kind: str, tmp_path: Path) -> None:
    """Every format gives 8-bit RGB of the size of the file, with the hash of its bytes."""
    path = tmp_path / f"a{FORMATS[kind][0]}"
    path.write_bytes(encoded(noise(), kind))
    image, seen = both(path)
    assert (image.mode, image.size) == ("RGB", (40, 20))
    assert (seen.format, seen.width, seen.height, seen.notes) == (kind, 40, 20, ())
    assert seen.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "DIB"])
def test_lossless_pixels_are_kept(kind: str, tmp_path: Path) -> None:
    """A plain picture is not changed by the policy."""
    path = tmp_path / "a"
    path.write_bytes(encoded(noise(), kind))
    assert np.array_equal(np.asarray(decode_picture(path)), np.asarray(noise()))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind: str, orientation: int, tmp_path: Path) -> None:
    """The picture stands as the camera was held, and that it was turned is noted."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    path = tmp_path / "a"
    path.write_bytes(encoded(noise(), kind, exif=exif, **options))
    image, seen = both(path)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path).convert("RGB")))
    assert np.array_equal(np.asarray(image), upright)
    assert image.size == ((20, 40) if orientation >= 5 else (40, 20))
    assert (seen.width, seen.height) == image.size
    assert seen.notes == (("exif_rotation",) if orientation in UPRIGHT else ())


def test_orientation_six_turns_clockwise(tmp_path: Path) -> None:
    """What the file has at the top left stands at the top right (EXIF 2.3, tag 0x0112)."""
    image = Image.new("RGB", (40, 20))
    image.putpixel((0, 0), RED)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "a.png"
    image.save(path, exif=exif)
    assert pixel(decode_picture(path), 19, 0) == RED


def test_damaged_exif_counts_as_none(tmp_path: Path) -> None:
    """A picture with whole pixels and broken EXIF data is decoded as it lies."""
    path = tmp_path / "a.jpg"
    noise().save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    (seen,) = map_pictures(see_picture, [path])
    assert (seen.width, seen.height, seen.notes) == (40, 20, ())


def test_threads_silence_pillows_warnings(tmp_path: Path) -> None:
    """Odd EXIF data, of which Pillow warns, does not reach the terminal of a user."""
    path = tmp_path / "a.jpg"
    noise().save(path, exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    with pytest.warns(UserWarning, match="Corrupt EXIF"):
        decode_picture(path)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        list(map_pictures(decode_picture, [path]))
    assert told == []


def test_alpha_is_laid_over_white(tmp_path: Path) -> None:
    """A transparent red pixel is white and a half transparent one is pink, not red."""
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 128))
    path = tmp_path / "a.png"
    image.save(path)
    decoded, seen = both(path)
    assert (pixel(decoded), pixel(decoded, 1)) == (WHITE, (255, 127, 127))
    assert seen.notes == ("alpha",)


def test_opaque_alpha_is_not_noted(tmp_path: Path) -> None:
    """A channel in which nothing is transparent changes nothing and is not worth a word."""
    path = tmp_path / "a.png"
    noise(mode="RGBA").save(path)
    image, seen = both(path)
    assert np.array_equal(np.asarray(image), np.asarray(noise()))
    assert seen.notes == ()


def test_every_way_to_be_transparent_gives_white(tmp_path: Path) -> None:
    """Grey with alpha, palettes with a transparent entry and a see-through grey are the same."""
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    files = {
        "la.png": encoded(Image.new("LA", (4, 4), (9, 0)), "PNG"),
        "p.png": encoded(palette, "PNG", transparency=1),
        "p.gif": encoded(palette, "GIF", transparency=1),
        "l.png": encoded(Image.new("L", (4, 4), 9), "PNG", transparency=9),
        "rgba.webp": encoded(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), "WEBP", lossless=True),
        "rgba.tif": encoded(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), "TIFF"),
        "i16.png": encoded(Image.new("I;16", (4, 4), 999), "PNG", transparency=999),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        image, seen = both(tmp_path / name)
        assert pixel(image) == WHITE, name
        assert "alpha" in seen.notes, name


SEE_THROUGH: dict[str, tuple[bytes, list[tuple[int, int, int]]]] = {
    "1 bit": (see_through(1, 0, b"\0\x40", be16(0), width=2), [WHITE, WHITE]),
    "1 bit, white": (see_through(1, 0, b"\0\x40", be16(1), width=2), [(0, 0, 0), WHITE]),
    "4 bits": (see_through(4, 0, b"\0\x38", be16(3), width=2), [WHITE, (136, 136, 136)]),
    "2 bits": (see_through(2, 0, b"\0\x60", be16(1), width=2), [WHITE, (170, 170, 170)]),
    "8 bits": (see_through(8, 0, b"\0\x09\x0a", be16(9), width=2), [WHITE, (10, 10, 10)]),
    "16 bits": (
        see_through(16, 0, b"\0" + be16(300, 301), be16(300), width=2),
        [WHITE, (1, 1, 1)],
    ),
    "8 bits RGB": (
        see_through(8, 2, b"\0\1\2\3\1\2\4", be16(1, 2, 3), width=2),
        [WHITE, (1, 2, 4)],
    ),
    "16 bits RGB": (
        see_through(16, 2, b"\0" + be16(2565, 0, 9, 5140, 0, 0), be16(2565, 0, 9), width=2),
        [WHITE, (20, 0, 0)],
    ),
}


@pytest.mark.parametrize("kind", SEE_THROUGH)
def test_see_through_value_of_a_png_is_white(kind: str, tmp_path: Path) -> None:
    """The one value that tRNS names is transparent at every depth, and no other is."""
    content, right = SEE_THROUGH[kind]
    (tmp_path / "a.png").write_bytes(content)
    image, seen = both(tmp_path / "a.png")
    assert [pixel(image, x) for x in range(2)] == right
    assert "alpha" in seen.notes


def test_sixteen_bit_grey_with_alpha_is_within_a_level(tmp_path: Path) -> None:
    """Both are scaled, then laid over white."""
    rows = b"\0" + be16(65535, 65535, 40000, 65535, 0, 32896)
    (tmp_path / "a.png").write_bytes(png(3, 1, depth=16, colour=4, rows=rows))
    image, seen = both(tmp_path / "a.png")
    values = np.array([pixel(image, x)[0] for x in range(3)])
    assert np.abs(values - [255, 40000 / 257, 127]).max() <= 1
    assert seen.notes == ("alpha", "grey", "sixteen_bit")


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled(kind: str, tmp_path: Path) -> None:
    """Values are divided by 257 and rounded, neither clipped at 255 nor cut to the high byte."""
    values = [0, 300, 383, 40000, 65280, 65535]
    path = tmp_path / "a"
    path.write_bytes(encoded(Image.fromarray(np.array([values], dtype=np.uint16)), kind))
    image, seen = both(path)
    assert [pixel(image, x)[0] for x in range(6)] == [0, 1, 1, 156, 254, 255]
    assert seen.notes == ("grey", "sixteen_bit")


def test_sixteen_bit_colour_is_within_a_level(tmp_path: Path) -> None:
    """Pillow keeps the high byte of 16-bit colour: at most one level from value / 257."""
    values = np.array([300, 40000, 65535], dtype=">u2")
    path = tmp_path / "a.png"
    path.write_bytes(png(1, 1, depth=16, colour=2, rows=b"\0" + values.tobytes()))
    image, seen = both(path)
    assert np.abs(np.array(pixel(image)) - values / 257).max() < 1
    assert seen.notes == ("sixteen_bit",)


def test_five_bit_bitmap_is_not_sixteen_bit(tmp_path: Path) -> None:
    """A BMP of 16 bits a pixel has five a channel."""
    header = struct.pack("<2sIHHI", b"BM", 58, 0, 0, 54)
    info = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 16, 0, 4, 0, 0, 0, 0)
    path = tmp_path / "a.bmp"
    path.write_bytes(header + info + struct.pack("<HH", 0b0_11111_00000_00000, 0))
    image, seen = both(path)
    assert (pixel(image), seen.notes) == (RED, ())


@pytest.mark.parametrize(("kind", "slack"), [("TIFF", 0), ("JPEG", 12)])
def test_cmyk_is_converted(kind: str, slack: int, tmp_path: Path) -> None:
    """Full magenta and yellow over no cyan is red; JPEG loses a few levels."""
    path = tmp_path / "a"
    path.write_bytes(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), kind))
    image, seen = both(path)
    assert np.abs(np.array(pixel(image)) - RED).max() <= slack
    assert seen.notes == ("cmyk",)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_and_palette_have_three_channels(mode: str, tmp_path: Path) -> None:
    """Pictures of one channel and palettes of greys become RGB and are noted as grey."""
    path = tmp_path / "a.png"
    noise(mode="L").convert(mode).save(path)
    image, seen = both(path)
    assert np.array_equal(np.asarray(image), np.asarray(Image.open(path).convert("RGB")))
    assert seen.notes == ("grey",)


def test_one_coloured_pixel_is_not_grey(tmp_path: Path) -> None:
    """Grey means that the three channels are equal everywhere."""
    image = noise(mode="L").convert("RGB")
    image.putpixel((7, 7), RED)
    path = tmp_path / "a.png"
    image.save(path)
    assert see_picture(path).notes == ()


sides = st.integers(1, 90)


@settings(max_examples=150, deadline=None)
@given(
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
    grey=st.booleans(),
    width=sides,
    height=sides,
    side=sides,
    filter_=st.sampled_from(Image.Resampling),
    orientation=st.integers(1, 8),
)
def test_one_channel_is_as_good_as_three(
    mode: str,
    grey: bool,
    width: int,
    height: int,
    side: int,
    filter_: Image.Resampling,
    orientation: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Pixels at any size, the note on grey and the likeness are those of the RGB picture."""
    image = noise(width, height, mode="L").convert("RGB") if grey else noise(width, height)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path_factory.getbasetemp() / "one channel.png"
    image.convert("L" if mode == "I;16" else mode).convert(mode).save(path, exif=exif)
    small, rgb, seen = read_picture(
        path, lambda it: (as_rgb(it.image.resize((side, side), filter_)), it.rgb, it.seen())
    )
    channels = np.asarray(rgb)
    assert np.array_equal(np.asarray(small), np.asarray(rgb.resize((side, side), filter_)))
    assert ("grey" in seen.notes) == bool((channels == channels[..., :1]).all())
    assert seen.likeness == perceptual_hash(rgb)


@pytest.mark.parametrize("size", [decoding.SMALL, decoding.SMALL + 1])
def test_large_files_are_not_read_into_memory(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pixels and hash are the same whether a file is read once or not."""
    path = tmp_path / "a.bmp"
    content = encoded(noise(), "BMP")
    path.write_bytes(content + bytes(size - len(content)))
    kept: list[bool] = []
    monkeypatch.setattr(io, "BytesIO", lambda data: kept.append(True) or BYTES_IO(data))
    image, seen = both(path)
    assert np.array_equal(np.asarray(image), np.asarray(noise()))
    assert seen.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert bool(kept) == (size <= decoding.SMALL)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_is_taken(kind: str, tmp_path: Path) -> None:
    """Of several frames the first is decoded, and that there were more is noted."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    path = tmp_path / "a"
    options = {"lossless": True} if kind == "WEBP" else {}
    path.write_bytes(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    image, seen = both(path)
    assert (pixel(image), seen.notes) == (RED, ("animated",))


def test_second_picture_of_a_camera_is_no_animation(tmp_path: Path) -> None:
    """A JPEG that carries a second picture (MPO) is a JPEG."""
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(noise(), "MPO", save_all=True, append_images=[noise(seed=1)]))
    assert see_picture(path).format == "JPEG"
    assert see_picture(path).notes == ()


def half(content: bytes) -> bytes:
    """Return the first half."""
    return content[: len(content) // 2]


def flipped(content: bytes, at: int) -> bytes:
    """Return the content with all bits of one byte turned."""
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "half.jpg": (lambda: half(encoded(noise(), "JPEG")), "is truncated"),
    "tail.jpg": (lambda: encoded(noise(), "JPEG")[:-20], "is truncated"),
    "half.png": (lambda: half(encoded(noise(), "PNG")), "is truncated"),
    "half.bmp": (lambda: half(encoded(noise(), "BMP")), "is truncated"),
    "half.gif": (lambda: half(encoded(noise(), "GIF")), "is truncated"),
    "half.tif": (lambda: half(encoded(noise(), "TIFF")), "is truncated"),
    "half.webp": (lambda: half(encoded(noise(), "WEBP")), "is truncated"),
    "header.png": (lambda: encoded(noise(), "PNG")[:10], "is a damaged PNG"),
    "crc.png": (lambda: flipped(encoded(noise(), "PNG"), 30), "is a damaged PNG"),
    "tail.png": (lambda: encoded(noise(), "PNG")[:-20], "is truncated"),
    "data.png": (lambda: flipped(encoded(noise(), "PNG"), 200), "is damaged"),
    "empty.jpg": (lambda: b"", "is empty"),
    "text.jpg": (lambda: b"no picture at all", "is not a picture .*begins with"),
    "page.jpg": (lambda: b"<!DOCTYPE html><title>404</title>", "is a page of the web"),
    "pointer.jpg": (lambda: b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "xl.jpg": (lambda: b"\xff\x0a" + bytes(40), "is JPEG XL"),
    "box.jpg": (lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "is JPEG XL"),
    "._mac.jpg": (lambda: b"\0\5\x16\7\0\2\0\0Mac OS X", "is not a picture"),
    "phone.jpg": (lambda: b"\0\0\0\x18ftypheic" + bytes(40), "AVIF or HEIC"),
    "claim.png": (
        lambda: png(60000, 60000, depth=8, colour=0, rows=b""),
        "claims 3,600,000,000 pixels; the limit is 67,108,864",
    ),
    "float.tif": (lambda: encoded(Image.new("F", (4, 4)), "TIFF"), "floats of 32 bits"),
    "wide.tif": (lambda: encoded(Image.new("I", (4, 4)), "TIFF"), "signed values of 32 bits"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_named_with_its_cause(name: str, tmp_path: Path) -> None:
    """One exception for every kind of damage; it has the path and the cause in plain words."""
    content, cause = BAD[name]
    (tmp_path / name).write_bytes(content())
    with pytest.raises(PictureError, match=cause) as caught:
        decode_picture(tmp_path / name)
    assert caught.value.path == tmp_path / name
    assert str(tmp_path / name) in str(caught.value)


def test_no_other_library_makes_cut_files_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing WeasyPrint tells Pillow to fill up what is missing; we never let it."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    (tmp_path / "half.jpg").write_bytes(half(encoded(noise(), "JPEG")))
    with pytest.raises(PictureError, match="is truncated"):
        decode_picture(tmp_path / "half.jpg")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_damage_is_a_picture_or_a_picture_error(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Wherever a file is cut or changed, nothing but a `PictureError` comes out."""
    content = encoded(noise(8, 8), kind)
    at = data.draw(st.integers(0, len(content) - 1))
    cut = data.draw(st.booleans())
    path = tmp_path_factory.mktemp("damage") / "a"
    path.write_bytes(content[:at] if cut else flipped(content, at))
    with contextlib.suppress(PictureError):
        (image,) = map_pictures(decode_picture, [path])
        assert image.mode == "RGB"


def test_pillows_own_formats_are_not_all_read(tmp_path: Path) -> None:
    """A format outside the list is refused even where Pillow reads it."""
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(noise(), "TGA"))
    with pytest.raises(PictureError, match="is not a picture"):
        decode_picture(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_pipe_does_not_hang(tmp_path: Path) -> None:
    """A pipe named like a picture is refused unopened: opening it would wait for ever."""
    os.mkfifo(tmp_path / "a.jpg")
    caught: list[PictureError] = []

    def look() -> None:
        try:
            decode_picture(tmp_path / "a.jpg")
        except PictureError as error:
            caught.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert [error.cause for error in caught] == ["is a pipe, not a file"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
def test_device_is_refused(tmp_path: Path) -> None:
    """A link to a device, which never ends, is refused unopened."""
    (tmp_path / "a.jpg").symlink_to("/dev/zero")
    with pytest.raises(PictureError, match="is a device, not a file"):
        decode_picture(tmp_path / "a.jpg")


def test_socket_and_folder_are_refused(tmp_path: Path) -> None:
    """What is no regular file is called by its name."""
    (tmp_path / "b.jpg").mkdir()
    with pytest.raises(PictureError, match="is a folder, not a file"):
        decode_picture(tmp_path / "b.jpg")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(tmp_path / "a.jpg"))  # the kernel allows 108 characters
        with pytest.raises(PictureError, match="is a socket, not a file"):
            decode_picture(tmp_path / "a.jpg")


def test_links(tmp_path: Path) -> None:
    """A link to a picture is a picture; to nothing and to itself are errors of their own."""
    noise().save(tmp_path / "a.png")
    (tmp_path / "good.png").symlink_to("a.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "broken.png").symlink_to("nowhere.png")
    assert decode_picture(tmp_path / "good.png").size == (40, 20)
    for name, cause in {
        "loop": "leads back to itself",
        "broken": "link to nothing",
        "gone": "does not exist",
    }.items():
        with pytest.raises(PictureError, match=cause):
            decode_picture(tmp_path / f"{name}.png")


def test_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system answers is passed on in its words."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    noise().save(tmp_path / "a.png")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PictureError, match="cannot be read: Permission denied"):
        decode_picture(tmp_path / "a.png")


def test_pixel_limit_can_be_moved(tmp_path: Path) -> None:
    """The limit is an argument, and a picture of just that many pixels passes."""
    noise().save(tmp_path / "a.png")
    assert decode_picture(tmp_path / "a.png", max_pixels=800).size == (40, 20)
    with pytest.raises(PictureError, match="claims 800 pixels; the limit is 799"):
        decode_picture(tmp_path / "a.png", max_pixels=799)


BOMB = """
import sys
from pathlib import Path
from scenes.data.decoding import decode_picture
from scenes.data.image_files import PictureError
from scenes.system.formatting import printable
from PIL import Image
def peak():
    # Not ru_maxrss, which begins with the peak of the process that started this one.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
try:
    decode_picture(Path(sys.argv[1]))
except PictureError as error:
    print(error.cause)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in the units of Linux")
def test_bomb_is_refused_without_memory(tmp_path: Path) -> None:
    """A real picture of 144 million pixels, below Pillow's own ceiling, costs no memory."""
    side = 12_000
    packer = zlib.compressobj(1)
    row = bytes(side + 1)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    command = [sys.executable, "-W", "ignore", "-c", BOMB, str(path)]
    cause, grown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )[:2]
    assert cause == f"claims 144,000,000 pixels; the limit is {MAX_PIXELS:,}"
    assert int(grown) < 20_000  # kilobytes


def test_names_fit_one_line() -> None:
    """Spaces, accents and quotes stay; line breaks, direction marks and stray bytes are escaped."""
    assert printable('el niño\'s "foto" 1.jpg') == 'el niño\'s "foto" 1.jpg'
    assert printable(Path("a\nb\u202e.jpg")) == r"a\nb\u202e.jpg"
    assert printable(os.fsdecode(b"a\xff.jpg")) == r"a\xff.jpg"


@pytest.mark.parametrize("name", ["a b.png", "ñandú.png", "'q\".png", "line\nbreak.png", "<b>.png"])
def test_names_are_no_obstacle(name: str, tmp_path: Path) -> None:
    """A picture is decoded whatever its name is."""
    noise().save(tmp_path / name)
    assert decode_picture(tmp_path / name).size == (40, 20)


@pytest.mark.parametrize("kind", FORMATS)
def test_content_is_recognised_without_a_name(kind: str, tmp_path: Path) -> None:
    """The first bytes tell the format; text that begins like a bitmap is none."""
    (tmp_path / "a").write_bytes(encoded(noise(), kind))
    (tmp_path / "b").write_bytes(b"BM and what follows is a text of some length")
    (tmp_path / "c").write_bytes(b"P3 is a chapter of 3 pages")
    assert str(sniff(tmp_path / "a")).upper() == (kind if kind != "DIB" else "NONE")
    assert sniff(tmp_path / "c") is None
    assert sniff(tmp_path / "b") is None
    assert sniff(tmp_path / "none") is None


def test_error_crosses_processes() -> None:
    """A worker's error arrives with its path and cause."""
    error = pickle.loads(pickle.dumps(PictureError(Path("a.jpg"), "is empty")))
    assert (error.path, error.cause, str(error)) == (Path("a.jpg"), "is empty", "a.jpg: is empty")


@pytest.mark.parametrize("data", [b"garbage", zlib.compress(b"\x09" * 20), zlib.compress(b"\0\1")])
def test_png_whose_sums_hold_and_whose_pixels_do_not_is_refused(
    data: bytes, tmp_path: Path
) -> None:
    """Asking for EXIF data decodes a PNG; that this fails is not taken for missing EXIF data."""
    whole = png(4, 4, depth=8, colour=0, rows=bytes(20))
    start = whole.index(b"IDAT") - 4
    path = tmp_path / "a.png"
    path.write_bytes(whole[:start] + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    with pytest.raises(PictureError, match=r"is damaged|is truncated"):
        decode_picture(path)


def test_metadata_do_not_refuse_the_pixels(tmp_path: Path) -> None:
    """A profile or a text of more than a megabyte is no reason to refuse a PNG."""
    info = PngImagePlugin.PngInfo()
    info.add_text("XMP", "x" * 2**21, zip=True)
    noise().save(tmp_path / "a.png", pnginfo=info, icc_profile=bytes(2**21))
    assert np.array_equal(np.asarray(decode_picture(tmp_path / "a.png")), np.asarray(noise()))


PORTABLE: dict[str, tuple[bytes, list[list[int]]]] = {
    "bits.pbm": (b"P1\n# a\n3 1\n1 0 1\n", [[0, 255, 0]]),
    "packed.pbm": (b"P4 3 1\n\xa0", [[0, 255, 0]]),
    "plain.pgm": (b"P2 3 1 4\n0 2 4\n", [[0, 128, 255]]),
    "grey.pgm": (b"P5 3 1 255\n\0\x80\xff", [[0, 128, 255]]),
    "few.pgm": (b"P5 3 1 4\n\0\2\4", [[0, 128, 255]]),
    "wide.pgm": (b"P5 3 1 65535\n\0\0\x80\x80\xff\xff", [[0, 128, 255]]),
    "twelve.pgm": (b"P5 3 1 4095\n\0\0\x08\x08\x0f\xff", [[0, 128, 255]]),
    "colour.ppm": (b"P6 1 1 255\n\xff\x80\0", [[[255, 128, 0]]]),
    "wide.ppm": (b"P6 1 1 65535\n\xff\xff\x80\x80\0\0", [[[255, 128, 0]]]),
    "plain.ppm": (b"P3 1 1 15\n15 8 0\n", [[[255, 136, 0]]]),
}


@pytest.mark.parametrize("name", PORTABLE)
def test_portable_maps_are_scaled_by_their_own_white(name: str, tmp_path: Path) -> None:
    """PBM, PGM and PPM, plain and raw, of any depth: black is 0 and white 255, within a level."""
    content, right = PORTABLE[name]
    (tmp_path / name).write_bytes(content)
    values = np.array(right)
    values = values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2)
    assert np.abs(np.asarray(decode_picture(tmp_path / name)).astype(int) - values).max() <= 1


MASKS = {
    (0x00FF0000, 0x0000FF00, 0x000000FF, 0): True,
    (0xFF000000, 0x00FF0000, 0x0000FF00, 0): True,
    (0x000000FF, 0x0000FF00, 0x00FF0000, 0xFF000000): True,
    (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000): True,
    (0x000000FF, 0x0000FF00, 0x00FF0000, 0): False,
    (0x3FF00000, 0x000FFC00, 0x000003FF, 0): False,
}
"""Where red, green, blue and alpha lie in the 32 bits of a pixel, and whether Pillow reads it."""


@pytest.mark.parametrize("masks", MASKS)
def test_bitmaps_of_32_bits_are_right_or_refused(
    masks: tuple[int, int, int, int], tmp_path: Path
) -> None:
    """Each colour is read where its mask has it; what Pillow does not know is refused."""
    levels = zip(masks, (200, 100, 50, 255), strict=True)
    value = sum((mask & -mask) * level for mask, level in levels)
    header = struct.pack("<2sIHHI", b"BM", 74, 0, 0, 70)
    info = struct.pack("<IiiHHIIiiII4I", 56, 1, 1, 1, 32, 3, 4, 0, 0, 0, 0, *masks)
    path = tmp_path / "a.bmp"
    path.write_bytes(header + info + struct.pack("<I", value))
    if MASKS[masks]:
        assert pixel(decode_picture(path)) == (200, 100, 50)
    else:
        with pytest.raises(PictureError, match="of a kind that is not read: Unsupported BMP bitf"):
            decode_picture(path)


def test_what_libtiff_says_goes_into_the_cause(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It would stand on the terminal without the name of a file."""
    content = bytearray(encoded(noise(), "TIFF", compression="tiff_lzw"))
    content[100:400] = b"\x55" * 300
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(PictureError, match=r"is damaged: .* \(libtiff: .*\)"):
        decode_picture(tmp_path / "a.tif")
    assert capfd.readouterr() == ("", "")


def test_limit_above_pillows_own_can_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow warns above its own limit, refuses twice as much, and gives way to the user's."""
    noise().save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PictureError, match="claims 800 pixels; the limit is 200"):
        decode_picture(tmp_path / "a.png", max_pixels=200)
    assert decode_picture(tmp_path / "a.png", max_pixels=800).size == (40, 20)
    assert Image.MAX_IMAGE_PIXELS == 800


def test_large_pictures_are_decoded_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many threads there are, memory holds one large picture and what is made of it."""
    paths = [tmp_path / f"{i}.png" for i in range(6)]
    for path in paths:
        noise().save(path)
    inside, most = 0, 0

    def watched(decoded: Decoded) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1

    monkeypatch.setattr(decoding, "LARGE", 799)
    list(map_pictures(partial(read_picture, take=watched), paths))
    assert most == 1
