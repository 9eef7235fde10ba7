"""The corpus of bad and hostile input: each case ends with its code, its path and its cause.

The commands run as a user runs them. What decodes, splits or unpacks has tests of its own; here is
one case for every kind of folder and archive that was seen to go wrong elsewhere, and what is told.
"""

import hashlib
import io
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import uuid
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import SMALL_REPORT, Command
from PIL import ExifTags, Image

from scenes.data.folder import load_folder

Prepare = Callable[[Path], object]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


def noise(seed: int = 0, mode: str = "RGB", side: int = 48) -> Image.Image:
    """Return a picture that no compression makes small."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a file of this kind."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(side: int, *, rows: bytes = b"", depth: int = 8) -> bytes:
    """Return a grey PNG whose header claims a square of this side."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    header = struct.pack(">IIBBBBB", side, side, depth, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@cache
def bomb(side: int = 20_000) -> bytes:
    """Return a real PNG of 400 million pixels in 389 kilobytes."""
    packer = zlib.compressobj(1)
    row = bytes(side + 1)
    return png(side, rows=b"".join(packer.compress(row) for _ in range(side)) + packer.flush())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a good folder: two classes with three pictures for train and two for val."""
    seeds = iter(range(100))
    for split, n in (("train", 3), ("val", 2)):
        for name in ("a", "b"):
            (tmp_path / "set" / split / name).mkdir(parents=True)
            for i in range(n):
                noise(next(seeds)).save(tmp_path / "set" / split / name / f"{i}.png")
    return tmp_path / "set"


def saved(name: str, content: Callable[[], bytes]) -> Prepare:
    """Return what writes a file into a class."""
    return lambda root: (root / "train" / "a" / name).write_bytes(content())


def half(content: bytes) -> bytes:
    """Return the first half."""
    return content[: len(content) // 2]


def linked(name: str, target: str) -> Prepare:
    """Return what puts a link into a class."""
    return lambda root: (root / "train" / "a" / name).symlink_to(target)


def undecodable(root: Path) -> None:
    """Write a picture whose name is not UTF-8."""
    folder = os.fsencode(root / "train" / "a")
    shutil.copy(os.fsencode(root / "train" / "a" / "0.png"), folder + b"/\xff.png")


def emptied(root: Path) -> None:
    """Leave a class nothing but a text."""
    for path in (root / "train" / "b").iterdir():
        path.unlink()
    (root / "train" / "b" / "readme.txt").write_text("no pictures")


def merged(root: Path) -> None:
    """Take the second class away."""
    for split in ("train", "val"):
        shutil.rmtree(root / split / "b")


def unsplit(root: Path) -> None:
    """Leave class folders alone, one of them with a single picture."""
    for split in ("train", "val"):
        (root / split).rename(root.parent / split)
    for name, n in (("a", 3), ("b", 1)):
        (root / name).mkdir()
        for i in range(n):
            noise(i + 7 * n).save(root / name / f"{i}.png")


def cleared(root: Path) -> None:
    """Take everything away."""
    shutil.rmtree(root)
    root.mkdir()


def looped(root: Path) -> None:
    """Put a link to the folder above into a class."""
    (root / "train" / "a" / "up").symlink_to(root / "train", target_is_directory=True)


REFUSED: dict[str, tuple[Prepare, str]] = {
    "half a JPEG": (
        saved("x.jpg", lambda: half(encoded(noise(), "JPEG"))),
        "train/a/x.jpg: is truncated",
    ),
    "JPEG less its last bytes": (
        saved("x.jpg", lambda: encoded(noise(), "JPEG")[:-20]),
        "train/a/x.jpg: is truncated",
    ),
    "half a PNG": (
        saved("x.png", lambda: half(encoded(noise(), "PNG"))),
        "train/a/x.png: is truncated",
    ),
    "PNG with a wrong sum": (
        saved("x.png", lambda: (c := encoded(noise(), "PNG"))[:30] + b"\xff" + c[31:]),
        "train/a/x.png: is a damaged PNG",
    ),
    "empty file": (saved("x.jpg", bytes), "train/a/x.jpg: is empty"),
    "web page": (saved("x.jpg", lambda: b"<!DOCTYPE html>"), "train/a/x.jpg: is a page of the web"),
    "HEIC of a phone": (
        saved("x.heic", lambda: b"\0\0\0\x18ftypheic"),
        r"train/a/x.heic: is a \.heic picture, which is not read",
    ),
    "picture without an extension": (
        saved("x", lambda: encoded(noise(), "PNG")),
        "train/a/x: is a PNG picture without its extension",
    ),
    "bomb": (saved("x.png", bomb), "train/a/x.png: claims 400,000,000 pixels"),
    "header that claims too much": (
        saved("x.png", lambda: png(60_000)),
        "train/a/x.png: claims 3,600,000,000 pixels",
    ),
    "link to nothing": (linked("x.jpg", "nowhere.jpg"), "train/a/x.jpg: is a link to nothing"),
    "link to itself": (linked("x.jpg", "x.jpg"), "train/a/x.jpg: is a link that leads back"),
    "link to a folder above": (looped, "train/a/up: is a link to a folder above it"),
    "device": (linked("x.jpg", "/dev/null"), "train/a/x.jpg: is a device"),
    "name that is not UTF-8": (undecodable, r"train/a/\\xff.png: has a name that is not valid"),
    "one class": (merged, "there must be two classes or more; found only a"),
    "class without pictures": (emptied, "train/b: a class without pictures"),
    "class that val lacks": (
        lambda root: shutil.rmtree(root / "val" / "b"),
        "val/b: no such class folder, but train has it",
    ),
    "class names that differ in case": (
        lambda root: (root / "val" / "b").rename(root / "val" / "B"),
        "train/b, val/B: classes that differ only in case",
    ),
    "too few to split": (unsplit, "b: one picture cannot be split into train and val"),
    "empty folder": (cleared, "found no class folder"),
    "no folder": (shutil.rmtree, "set: there is no such folder"),
    "file": (lambda root: (shutil.rmtree(root), root.touch()), "set: is a file, not a folder"),
}


@POSIX
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_by_name(case: str, command: Command, root: Path) -> None:
    """Exit code 2, the path and the cause on the error output, and nothing else."""
    prepare, told = REFUSED[case]
    prepare(root)
    code, output, errors = command("dataset", root)
    assert (code, output) == (2, "")
    assert re.search(told, errors)


SKIPPED = [case for case, (_, told) in REFUSED.items() if told.startswith("train/a/")]


@POSIX
@pytest.mark.parametrize("case", SKIPPED)
def test_skip_bad_leaves_out_that_file_alone(case: str, command: Command, root: Path) -> None:
    """The other pictures stay, and the file is listed with its cause."""
    prepare, told = REFUSED[case]
    prepare(root)
    code, output, _ = command("dataset", root, "--skip-bad")
    assert code == 0
    assert re.search(f"left out: {told}", output)
    assert re.search(r"all +│ +6 │ +4", output)


def copied(source: str, target: str) -> Prepare:
    """Return what copies a picture of the folder to another place in it."""

    def copy(root: Path) -> None:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / source, root / target)

    return copy


def similar(root: Path) -> None:
    """Put a smaller copy of a picture of train, in another format, into val."""
    smooth = noise(3, side=6).resize((96, 96), Image.Resampling.BICUBIC)
    smooth.save(root / "train" / "a" / "smooth.png")
    smooth.resize((64, 64)).save(root / "val" / "a" / "smooth.jpg", quality=70)


def rotated() -> bytes:
    """Return a JPEG that a camera held sideways."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return encoded(noise().crop((0, 0, 48, 30)), "JPEG", exif=exif)


def frames() -> bytes:
    """Return a GIF of three pictures."""
    rest = [noise(seed) for seed in (1, 2)]
    return encoded(noise(), "GIF", save_all=True, append_images=rest)


def unbalanced(root: Path) -> None:
    """Give one class many more pictures than the other."""
    for i in range(9):
        noise(50 + i).save(root / "train" / "a" / f"more{i}.png")


def grey(mode: str) -> Prepare:
    """Return what writes a grey picture of this mode."""
    return saved("x.png", lambda: encoded(noise(mode=mode), "PNG"))


TOLD: dict[str, tuple[Prepare, str]] = {
    "PNG called JPEG": (
        saved("x.jpg", lambda: encoded(noise(9), "PNG")),
        "1 of another format than its extension says: train/a/x.jpg",
    ),
    "WebP called JPEG": (
        saved("x.jpg", lambda: encoded(noise(9), "WEBP")),
        "1 of another format than its extension says: train/a/x.jpg",
    ),
    "BMP called JPEG": (
        saved("x.jpg", lambda: encoded(noise(9), "BMP")),
        "1 of another format than its extension says: train/a/x.jpg",
    ),
    "CMYK": (
        saved("x.jpg", lambda: encoded(noise(9, "CMYK"), "JPEG")),
        "1 CMYK, converted to RGB: train/a/x.jpg",
    ),
    "grey": (grey("L"), "1 grey, among pictures in colour: train/a/x.png"),
    "1 bit": (grey("1"), "1 grey, among pictures in colour: train/a/x.png"),
    "grey with alpha": (grey("LA"), "1 grey, among pictures in colour: train/a/x.png"),
    "transparent": (
        saved("x.png", lambda: encoded(Image.new("RGBA", (48, 48), (255, 0, 0, 0)), "PNG")),
        "1 transparent, laid over white: train/a/x.png",
    ),
    "16 bits": (
        saved("x.png", lambda: encoded(Image.new("I;16", (48, 48), 40_000), "PNG")),
        "1 more than 8 bits a channel, scaled to 8: train/a/x.png",
    ),
    "animated": (saved("x.gif", frames), "1 of several frames, of which the first is used"),
    "EXIF": (saved("x.jpg", rotated), "1 turned as its EXIF orientation asks: train/a/x.jpg"),
    "tiny": (
        saved("x.png", lambda: encoded(noise(9, side=5), "PNG")),
        "1 smaller than 16 pixels on one side: train/a/x.png",
    ),
    "long": (
        saved("x.png", lambda: encoded(noise(9, side=200).crop((0, 0, 200, 20)), "PNG")),
        "1 more than 4 times as long as wide: train/a/x.png",
    ),
    "imbalance": (unbalanced, "1 class with less than 1/2 of the pictures.*train/b: 3 of 12"),
    "left by a Mac": (
        saved("._0.jpg", lambda: b"\0\5\x16\7Mac OS X"),
        r"1 left out: hidden, stray or not in a class folder: train/a/\._0.jpg",
    ),
    "notebook's checkpoints": (
        copied("train/a/0.png", "train/.ipynb_checkpoints/0.png"),
        r"1 left out: .*train/\.ipynb_checkpoints/0.png",
    ),
    "copy in a class": (
        copied("train/a/0.png", "train/a/x.png"),
        "1 copy of a picture of the same class and split: train/a/x.png = train/a/0.png",
    ),
    "copy in another class": (
        copied("train/a/0.png", "train/b/x.png"),
        "1 picture that appears in several classes: train/a/0.png = train/b/x.png",
    ),
    "copy in val": (
        copied("train/a/0.png", "val/a/x.png"),
        r"1 picture outside train that is in train as well \(at most 20.0 points of validation "
        r"accuracy\): val/a/x.png = train/a/0.png",
    ),
    "look-alike in val": (
        similar,
        r"1 picture outside train that looks like one in train .*: "
        r"val/a/smooth.jpg ~ train/a/smooth.png",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_can_be_used_is_told(case: str, command: Command, root: Path) -> None:
    """Exit code 0, the number, what was done and the path."""
    prepare, told = TOLD[case]
    prepare(root)
    code, output, errors = command("dataset", root)
    assert (code, errors) == (0, "")
    assert re.search(told, output)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("x.webp", "WEBP"), ("x.tif", "TIFF"), ("x.JPG", "JPEG"), ("x.gif", "GIF"), ("x.bmp", "BMP")],
)
def test_every_format_counts(name: str, kind: str, command: Command, root: Path) -> None:
    """No picture is passed over in silence for its extension."""
    saved(name, lambda: encoded(noise(9), kind))(root)
    assert re.search(r"a +│ +4 │ +2", command("dataset", root)[1])


@POSIX
@pytest.mark.parametrize("name", ["x.jpg", "sub folder", "a link"])
def test_folders_inside_a_class_belong_to_it(name: str, command: Command, root: Path) -> None:
    """Whatever a folder is called, and wherever a linked one lies."""
    if name == "a link":
        (root.parent / "elsewhere").mkdir()
        (root / "train" / "a" / name).symlink_to(root.parent / "elsewhere")
    else:
        (root / "train" / "a" / name).mkdir()
    noise(77).save(root / "train" / "a" / name / "x.png")
    code, output, _ = command("dataset", root)
    assert code == 0
    assert re.search(r"a +│ +4 │ +2", output)


@POSIX
@pytest.mark.parametrize(
    "name", ["with space", 'l\'été "ñ"', "new\nline", "雪 😀", "{{ 7*7 }} <b>", "-dash"]
)
def test_names_are_no_obstacle(name: str, command: Command, root: Path, tmp_path: Path) -> None:
    """A folder, a class and a file of any name are read and shown."""
    for split in ("train", "val"):
        (root / split / "a").rename(root / split / name)
    noise(77).save(root / "train" / name / f"{name}.png")
    (moved := tmp_path / f"set {name}").mkdir()
    root.rename(moved / name)
    code, output, errors = command("dataset", moved / name, "--html", tmp_path / f"{name}.html")
    assert (code, errors) == (0, "")
    assert re.search(r"all +│ +7 │ +4", output)


def test_a_rare_class_is_in_both_parts(root: Path) -> None:
    """Of eighteen and two pictures each seed takes one of the two for val."""
    cleared(root)
    for name, n in (("a", 18), ("b", 2)):
        (root / name).mkdir()
        for i in range(n):
            noise(n * 100 + i).save(root / name / f"{i}.png")
    for seed in range(6):
        dataset = load_folder(root, cache=None, seed=seed)
        assert dataset.counts("train")["b"] == dataset.counts("val")["b"] == 1


def test_everything_is_told_at_once(command: Command, root: Path) -> None:
    """Bad files and a layout that does not fit make one message, with what to do."""
    (root / "train" / "a" / "x.jpg").write_bytes(b"")
    (root / "val" / "a" / "y.jpg").write_bytes(b"text")
    shutil.rmtree(root / "val" / "b")
    code, _, errors = command("dataset", root)
    assert code == 2
    for told in ("train/a/x.jpg: is empty", "val/a/y.jpg: is not a picture", "val/b: no such"):
        assert told in errors
    assert errors.count("Error:") == 1
    assert "--skip-bad" in errors


def test_a_report_on_bad_pictures_trains_and_writes_nothing(
    command: Command, root: Path, tmp_path: Path
) -> None:
    """The pre-flight is its first step; no run, no document, exit code 2."""
    (root / "train" / "a" / "x.jpg").write_bytes(b"")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.toml").write_text(SMALL_REPORT, encoding="utf-8")
    code, output, errors = command("report", tmp_path / "mine", "--data", root)
    assert (code, output) == (2, "")
    assert "train/a/x.jpg: is empty (0 bytes)" in errors
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["report.toml"]
    assert not list(tmp_path.glob("store/*/*.json"))


WATCHED = """
import sys
from pathlib import Path
from scenes.cli.main import main
from scenes.data import folder
from scenes.cli.data_listing import dataset_table
def peak():
    # Not ru_maxrss, which begins with the peak of the process that started this one.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
try:
    main()
except SystemExit as ended:
    kind = "TRAINS" if "tensorflow" in sys.modules else "reads"
    print(kind, ended.code, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in the units of Linux")
def test_hostile_files_cost_neither_time_nor_memory(root: Path, tmp_path: Path) -> None:
    """Pipes, bombs and devices are refused without waiting, in less than 200 megabytes."""
    os.mkfifo(root / "train" / "a" / "pipe.jpg")
    (root / "train" / "a" / "null.jpg").symlink_to("/dev/zero")
    (root / "train" / "a" / "bomb.png").write_bytes(bomb())
    (root / "train" / "a" / "claim.png").write_bytes(png(60_000))
    (root / "val" / "a" / "bomb.tif").write_bytes(encoded(Image.new("1", (30_000, 30_000)), "TIFF"))
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "dataset", str(root)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "user")},
    )
    kind, code, grown = done.stdout.split()
    assert (kind, code) == ("reads", "2")
    assert int(grown) < 200_000  # kilobytes
    for told in ("pipe.jpg: is a pipe", "null.jpg: is a device", "bomb.png: claims 400,000,000"):
        assert told in done.stderr
    assert done.stderr.count("claims ") == 3


FULL = """
import resource, signal, sys
from scenes.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@POSIX
@pytest.mark.parametrize(
    ("limit", "expected"), [(100, "pictures.json cannot be written"), (50_000, "page.html")]
)
def test_full_disk_leaves_what_was_there(
    limit: int, expected: str, root: Path, tmp_path: Path
) -> None:
    """Neither the memory of pictures nor a page is half written; the old page stays."""
    page = tmp_path / "page.html"
    page.write_text("the old one")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(limit), "dataset", str(root), "--html", str(page)],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "user")},
    )
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert expected in done.stderr
    assert "File too large" in done.stderr
    assert page.read_text() == "the old one"
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def packed_tar(*members: tuple[str, bytes, str]) -> bytes:
    """Return a tar file of (name, kind, target of a link)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return stream.getvalue()


def packed_zip(name: str, mode: int = stat.S_IFREG | 0o644, size: int = 1) -> bytes:
    """Return a zip file with one member of zeros."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, bytes(size))
    return stream.getvalue()


ROOTED = f"{tempfile.gettempdir()}/scenes-{uuid.uuid4().hex}"
"""A path that no archive may write to."""


REG, LINK, HARD = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "tar that climbs": (lambda: packed_tar(("../e", REG, "")), r"\.\./e: leads out"),
    "tar with a root": (lambda: packed_tar((ROOTED, REG, "")), f"{ROOTED}: has an absolute path"),
    "tar that writes through a link": (
        lambda: packed_tar(("l", LINK, "/tmp"), ("l/e", REG, "")),
        "l: is a link",
    ),
    "tar with a hard link": (lambda: packed_tar(("h", HARD, "/etc/passwd")), "h: is a link"),
    "tar with a device": (
        lambda: packed_tar(("d", tarfile.CHRTYPE, "")),
        "d: is a special file",
    ),
    "tar with a pipe": (
        lambda: packed_tar(("p.jpg", tarfile.FIFOTYPE, "")),
        "p.jpg: is a special file",
    ),
    "zip that climbs": (lambda: packed_zip("../e"), r"\.\./e: leads out"),
    "zip with a root": (lambda: packed_zip(ROOTED), f"{ROOTED}: has an absolute path"),
    "zip with a link": (lambda: packed_zip("l", stat.S_IFLNK | 0o777), "l: is a link"),
    "zip bomb": (
        lambda: packed_zip("a/0.bmp", size=140_000_000),
        "unpacks to more than 100 times its",
    ),
    "no archive": (lambda: b"<!DOCTYPE html>", "is no zip or tar archive"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_hostile_archives_are_refused(case: str, command: Command, tmp_path: Path) -> None:
    """Exit code 2, the member and the cause; nothing is unpacked, inside or outside."""
    content, told = ARCHIVES[case]
    (tmp_path / "archive").write_bytes(content())
    code, output, errors = command(
        "dataset", "fetch", tmp_path / "archive", "--into", tmp_path / "in"
    )
    assert (code, output) == (2, "")
    assert re.search(told, errors)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]
    assert not Path(ROOTED).exists()


def test_an_archive_of_another_hash_is_refused(command: Command, tmp_path: Path) -> None:
    """Both hashes are reported."""
    content = packed_zip("a/0.png")
    (tmp_path / "a.zip").write_bytes(content)
    into = tmp_path / "in"
    code, _, errors = command(
        "dataset", "fetch", tmp_path / "a.zip", "--sha256", "0" * 64, "--into", into
    )
    assert code == 2
    assert hashlib.sha256(content).hexdigest() in errors
    assert not into.exists()
