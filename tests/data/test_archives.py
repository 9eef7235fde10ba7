"""An archive is unpacked whole or not at all, and never outside its folder."""

import bz2
import gzip
import io
import lzma
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.data import archives
from scenes.data.archives import Limits, unpack
from scenes.errors import DataError, MachineError

FILES = {"set/train/a/1.jpg": b"one", "set/train/b/2.jpg": b"two", "set/read me.txt": b"three"}


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    """Return a member with these properties."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for what, value in more.items():
        setattr(info, what, value)
    return info


def tar(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    """Return a tar file of these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member, io.BytesIO(bytes(member.size)))
            else:
                info = tar_member(member[0], size=len(member[1]))
                archive.addfile(info, io.BytesIO(member[1]))
    return stream.getvalue()


def zipped(*members: tuple[str, bytes] | zipfile.ZipInfo) -> bytes:
    """Return a zip file of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            if isinstance(member, zipfile.ZipInfo):
                archive.writestr(member, b"target")
            else:
                archive.writestr(*member)
    return stream.getvalue()


def zip_member(name: str, mode: int) -> zipfile.ZipInfo:
    """Return a zip member with the mode of a Unix file."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its content."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


PACKED: dict[str, Callable[[], bytes]] = {
    "a.zip": lambda: zipped(*FILES.items()),
    "a.tar": lambda: tar(*FILES.items()),
    "a.tar.gz": lambda: gzip.compress(tar(*FILES.items())),
    "a.tar.bz2": lambda: bz2.compress(tar(*FILES.items())),
    "a.tar.xz": lambda: lzma.compress(tar(*FILES.items())),
    "misnamed.jpg": lambda: gzip.compress(tar(*FILES.items())),
}


@pytest.mark.parametrize("name", PACKED)
def test_every_kind_is_unpacked(name: str, tmp_path: Path) -> None:
    """What was packed comes out, by content, whatever the archive is called."""
    (tmp_path / name).write_bytes(PACKED[name]())
    calls: list[tuple[int, int]] = []
    folder = unpack(
        tmp_path / name, tmp_path / "deep" / "data", progress=lambda *call: calls.append(call)
    )
    assert tree(folder) == {name.removeprefix("set/"): data for name, data in FILES.items()}
    assert calls[-1] == (11, 11)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["data"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["x/train/a/1", "x/val/a/2"], {"train/a/1", "val/a/2"}),
        (["x/a/1", "x/b/2", "__MACOSX/x/a/._1"], {"a/1", "b/2"}),
        (["train/a/1", "train/b/2"], {"train/a/1", "train/b/2"}),
        (["a/1", "b/2"], {"a/1", "b/2"}),
        (["a/1", "a/2"], {"a/1", "a/2"}),
        (["x/y/z/a/1", "x/y/z/b/2"], {"a/1", "b/2"}),
        (["x/a/1", "x/b/2", "README.txt", "LICENSE", ".DS_Store", "x.html"], {"a/1", "b/2"}),
        (["x/a/1", "x/b/2", "labels.csv"], {"x/a/1", "x/b/2", "labels.csv"}),
    ],
)
def test_a_folder_around_everything_is_taken_off(
    names: list[str], expected: set[str], tmp_path: Path
) -> None:
    """What appears is the data set itself, wherever its publisher put it."""
    (tmp_path / "a.zip").write_bytes(zipped(*((name, b"x") for name in names)))
    assert set(tree(unpack(tmp_path / "a.zip", tmp_path / "data"))) == expected


HOSTILE: dict[str, tuple[bytes, str]] = {
    "parent": (tar(("../evil", b"x")), r"\.\./evil: leads out of the folder"),
    "inner parent": (tar(("a/../../evil", b"x")), "leads out of the folder"),
    "absolute": (tar(("/tmp/evil", b"x")), "/tmp/evil: has an absolute path"),
    "drive": (tar(("C:/evil", b"x")), "C:/evil: has an absolute path"),
    "backslash": (tar(("..\\evil", b"x")), "has no name that every system can store"),
    "symlink": (tar(tar_member("link", tarfile.SYMTYPE, linkname="/etc")), "link: is a link"),
    "symlink, then through it": (
        tar(tar_member("link", tarfile.SYMTYPE, linkname="/tmp"), ("link/evil", b"x")),
        "link: is a link",
    ),
    "hard link": (tar(tar_member("hard", tarfile.LNKTYPE, linkname="/etc/passwd")), "is a link"),
    "device": (tar(tar_member("null", tarfile.CHRTYPE, devmajor=1, devminor=3)), "special file"),
    "pipe": (tar(tar_member("pipe.jpg", tarfile.FIFOTYPE)), "pipe.jpg: is a special file"),
    "not utf-8": (tar(tar_member("a\udcff.jpg")), r"a\\xff.jpg: has a name that is not valid"),
    "twice": (tar(("a", b"1"), ("A", b"2")), "A: is there twice"),
    "file and folder": (tar(("a", b"1"), ("a/b", b"2")), "a/b: is a file and a folder at once"),
    "folder, then file": (
        tar(tar_member("a", tarfile.DIRTYPE), ("a", b"1")),
        "a: is a file and a folder at once",
    ),
    "folder and file": (tar(("a/b", b"1"), ("a", b"2")), "a: is a file and a folder at once"),
    "file of no name": (tar((".", b"1")), r"^\.: is a file without a name"),
    "deep": (tar(("a/" * 3000 + "b", b"1")), "lies 3,001 folders deep; at most 50 are unpacked"),
    "deep folder": (tar(tar_member("a/" * 51, tarfile.DIRTYPE)), "lies 51 folders deep"),
    "long path": (tar(("/".join(["x" * 200] * 6), b"1")), "path of 1,205 bytes; at most 1,000"),
    "zip deep": (zipped(("a/" * 60 + "b", b"1")), "lies 61 folders deep"),
    "long name": (tar(("x" * 300, b"1")), "longer than 255 bytes"),
    "zip parent": (zipped(("../evil", b"x")), r"\.\./evil: leads out of the folder"),
    "zip absolute": (zipped(("/tmp/evil", b"x")), "has an absolute path"),
    "zip link": (zipped(zip_member("link", stat.S_IFLNK | 0o777)), "link: is a link"),
    "zip device": (zipped(zip_member("dev", stat.S_IFCHR | 0o666)), "dev: is a special file"),
    "cut": (gzip.compress(tar(("a/1", bytes(9999))))[:60], "is damaged"),
    "cut tar": (tar(("a/1", bytes(99999)))[:50_000], "is damaged"),
    "cut zip": (zipped(("a/1", os.urandom(9999)))[:5000], "no zip or tar archive"),
    "text": (b"<!DOCTYPE html>" * 99, "is no zip or tar archive"),
    "empty": (b"", "is no zip or tar archive"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_leave_nothing(case: str, tmp_path: Path) -> None:
    """The member is named with the cause; no file is anywhere, inside or outside."""
    content, cause = HOSTILE[case]
    (tmp_path / "a").write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError, match="not unpacked") as caught:
        unpack(tmp_path / "a", tmp_path / "in" / "data")
    assert any(re.search(cause, problem) for problem in caught.value.problems)
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "in"])
    assert not Path("/tmp/evil").exists()


@pytest.mark.parametrize("flagged", [True, False])
def test_names_in_utf8_are_read_whether_or_not_the_archive_says_so(
    flagged: bool, tmp_path: Path
) -> None:
    """Many write UTF-8 without its flag, as macOS does; the rest is in the DOS code page."""
    data = zipped(("a/gatXXn.png", b"x"), ("b/2", b"x"))
    if flagged:
        data = zipped(("a/gatón.png", b"x"), ("b/2", b"x"))
    (tmp_path / "a.zip").write_bytes(data.replace(b"gatXXn", "gatón".encode()))
    assert set(tree(unpack(tmp_path / "a.zip", tmp_path / "data"))) == {"a/gatón.png", "b/2"}
    (tmp_path / "dos.zip").write_bytes(zipped(("a/gatX", b"x")).replace(b"gatX", b"gat\xa2"))
    assert set(tree(unpack(tmp_path / "dos.zip", tmp_path / "dos"))) == {"a/gató"}


def _cut_tar() -> bytes:
    """Return a tar file that ends behind its first member."""
    return tar(*FILES.items())[:1024]


def _broken_tar() -> bytes:
    """Return one whose second header has another checksum."""
    return tar(*FILES.items()).replace(b"set/train/b", b"set/train/x")


def _two_tars() -> bytes:
    return tar(("a", b"1")) + tar(("b", b"2"))


@pytest.mark.parametrize("make", [_cut_tar, _broken_tar, _two_tars])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_tar_that_does_not_end_as_one_is_refused(
    pack: Callable[[bytes], bytes], make: Callable[[], bytes], tmp_path: Path
) -> None:
    """The standard library takes any damage for the end, and what follows would vanish."""
    (tmp_path / "a.tar").write_bytes(pack(make()))
    with pytest.raises(DataError, match=r"is damaged: (it ends too early|what stands before byte)"):
        unpack(tmp_path / "a.tar", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_way_of_packing_that_is_not_read_is_no_damage(tmp_path: Path) -> None:
    """As Deflate64, in which Windows packs large files: the next step is named."""
    data = bytearray(zipped(("a/1", b"x")))
    data[8], data[data.index(b"PK\1\2") + 10] = 9, 9
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DataError, match="packed in a way that is not read") as caught:
        unpack(tmp_path / "a.zip", tmp_path / "data")
    assert "unpack it yourself" in caught.value.hint


def test_permissions_of_members_do_not_count(tmp_path: Path) -> None:
    """No file is unpacked with the rights of its owner, and none is unreadable."""
    (tmp_path / "a").write_bytes(
        tar(tar_member("d/setuid", mode=0o4777), tar_member("d/none", mode=0))
    )
    folder = unpack(tmp_path / "a", tmp_path / "data")
    modes = {stat.S_IMODE(path.stat().st_mode) & ~0o077 for path in folder.glob("d/*")}
    assert modes == {0o600}


def test_every_bad_member_is_told_up_to_twenty(tmp_path: Path) -> None:
    """A million bad members make a short message."""
    (tmp_path / "a").write_bytes(tar(*((f"../{i}", b"") for i in range(30))))
    with pytest.raises(DataError) as caught:
        unpack(tmp_path / "a", tmp_path / "data")
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == "… and 10 more"


@pytest.mark.parametrize(
    ("limits", "cause"),
    [
        (Limits(members=2), "has more than 2 members"),
        (Limits(size=10), "unpacks to more than 10 bytes"),
    ],
)
@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_limits_hold(name: str, limits: Limits, cause: str, tmp_path: Path) -> None:
    """Members and bytes are counted before anything is written."""
    (tmp_path / name).write_bytes(PACKED[name]())
    with pytest.raises(DataError, match=cause):
        unpack(tmp_path / name, tmp_path / "data", limits=limits)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_bomb_is_refused(kind: str, tmp_path: Path) -> None:
    """A gigabyte of zeros in a small file is refused by what it says, not by unpacking it."""
    size = 2**30
    path = tmp_path / f"bomb.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a/1.bmp", b"x")
        # Its directory says a gigabyte (zip specification, 4.3.12: uncompressed size at 24).
        content = bytearray(path.read_bytes())
        at = content.index(b"PK\x01\x02")
        content[at + 24 : at + 28] = size.to_bytes(4, "little")
        path.write_bytes(content)
    else:
        header = tar_member("a/1.bmp", size=size).tobuf()
        path.write_bytes(gzip.compress(header + bytes(2**20)))
    with pytest.raises(DataError, match="unpacks to more than 100 times its"):
        unpack(path, tmp_path / "data")


def test_member_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """A zip whose directory lies about sizes gets no byte more than it announced."""
    (tmp_path / "a.zip").write_bytes(zipped(("a/1", bytes(5000))))
    content = bytearray((tmp_path / "a.zip").read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DataError, match="is damaged"):
        unpack(tmp_path / "a.zip", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_header_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """A tar's extended header may claim gigabytes, which would be read at once."""
    header = tar_member("pax", tarfile.XHDTYPE, size=2**32).tobuf()
    (tmp_path / "a").write_bytes(header + bytes(2**16))
    with pytest.raises(DataError, match="asks for 4,294,967,296 bytes at once"):
        unpack(tmp_path / "a", tmp_path / "data")


def test_a_taken_folder_is_left_alone(tmp_path: Path) -> None:
    """What is there stays; an empty folder may be used."""
    (tmp_path / "a.zip").write_bytes(PACKED["a.zip"]())
    (tmp_path / "data").mkdir()
    assert unpack(tmp_path / "a.zip", tmp_path / "data") == tmp_path / "data"
    before = tree(tmp_path / "data")
    with pytest.raises(DataError, match="is there already"):
        unpack(tmp_path / "a.zip", tmp_path / "data")
    assert tree(tmp_path / "data") == before


def test_refused_by_its_reader_nothing_stays(tmp_path: Path) -> None:
    """Whoever unpacks may look first."""
    (tmp_path / "a.zip").write_bytes(PACKED["a.zip"]())

    def refuse(folder: Path) -> None:
        assert tree(folder)
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        unpack(tmp_path / "a.zip", tmp_path / "in" / "data", check=refuse)
    assert list((tmp_path / "in").iterdir()) == []


def test_no_space_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Needed and free bytes are in the message."""
    (tmp_path / "a.zip").write_bytes(PACKED["a.zip"]())
    usage = type("usage", (), {"free": 5})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(MachineError) as caught:
        unpack(tmp_path / "a.zip", tmp_path / "data")
    assert "11 bytes are needed, 5 are free" in caught.value.problems[0]


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the space goes while unpacking, what was written goes as well."""
    (tmp_path / "a.zip").write_bytes(PACKED["a.zip"]())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_write", full)
    with pytest.raises(MachineError, match="cannot be unpacked") as caught:
        unpack(tmp_path / "a.zip", tmp_path / "in" / "data")
    assert "No space left on device" in caught.value.problems[0]
    assert list((tmp_path / "in").iterdir()) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_is_unpacked_or_told(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Wherever an archive is cut or changed, a folder or a `DataError` comes out."""
    content = bytearray(PACKED[data.draw(st.sampled_from(sorted(PACKED)))]())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    folder = tmp_path_factory.mktemp("damage")
    (folder / "a").write_bytes(content)
    try:
        unpack(folder / "a", folder / "in" / "data")
    except DataError:
        assert not (folder / "in" / "data").exists()
    assert {path.name for path in folder.iterdir()} <= {"a", "in"}
