"""Figures that an author writes are numbered in the order of the page, and embedded whole."""

import io
import os
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scenes.data.image_files import PictureError
from scenes.errors import RenderError
from scenes.report.figures import own_picture
from scenes.report.figures.own_picture import load_own_picture
from scenes.report.markup.own_figures import (
    OwnFigure,
    embed_pictures,
    figure_numbers,
    own_figures,
    write_numbers,
)

REPORTS = (
    '<figure id="fig-{0}" data-key="{1}" class="image"><img src="asset:{1}.svg" alt="a"></figure>'
)
PLATE = '<figure class="preview"><img src="asset:p.svg" alt="a"><figcaption>P</figcaption></figure>'
OWN = '<figure><img src="{}" alt="a"><figcaption>{}</figcaption></figure>'
NOISE = np.random.default_rng(0).integers(0, 255, (20, 30, 4), dtype=np.uint8)
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def test_figures_are_numbered_in_the_order_of_the_page() -> None:
    """The author's between the report's; comments, plates and the appendix do not count."""
    page = (
        REPORTS.format(1, "b-accuracy")
        + OWN.format("maps/my%20map.png", "Where. More.")
        + "<!-- " + OWN.format("no.png", "No") + " -->"
        + PLATE
        + "<figure><img src='plain.png' alt='without a caption'></figure>"
        + REPORTS.format(2, "b-loss")
        + '<figure id="plan" title="a > b"><svg></svg><figcaption>A &amp; <i>B</i></figcaption>'
        + "</figure>"
        + OWN.format("maps/my%20map.png", "Again.")
        + REPORTS.format("A1", "b-recall")
    )  # fmt: skip
    expected = {"b-accuracy": 1, "my map": 2, "b-loss": 3, "plan": 4, "my map-2": 5}
    assert figure_numbers(page) == expected
    assert own_figures(page) == (
        OwnFigure(2, "Where"),
        OwnFigure(4, "A & B"),
        OwnFigure(5, "Again"),
    )
    written = write_numbers(page, "Figure")
    assert '<figure id="fig-2" data-key="my map"><img src="maps' in written
    assert '<span class="label">Figure 2.</span> Where. More.</figcaption>' in written
    assert '<figure id="fig-4" data-key="plan" title="a > b"><span id="plan"></span>' in written
    assert written.count("<figcaption><span") == 3
    assert write_numbers(written, "Figure") == written


def test_a_page_without_figures_of_the_author_keeps_its_numbers() -> None:
    """Nothing is renumbered and nothing is written."""
    page = REPORTS.format(7, "b-loss") + "<figure><img src='a.png' alt='a'></figure>"
    assert figure_numbers(page) == {}
    assert write_numbers(page, "Figure") == page


@given(st.text())
def test_any_text_is_a_page(text: str) -> None:
    """Whatever an author writes is numbered or left as it is."""
    page = f"<figure>{text}<figcaption>{text}</figcaption></figure>{text}"
    assert len(own_figures(page)) == len(figure_numbers(page))
    assert text in write_numbers(page, "Figure")


def save(path: Path, pixels: Any, **options: Any) -> Image.Image:
    """Write a picture, and return it."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    picture.save(path, **options)
    return picture


def test_a_plain_picture_is_embedded_as_it_is(tmp_path: Path) -> None:
    """PNG and JPEG of three channels or one keep their bytes, under a name without a place."""
    save(tmp_path / "a b.png", NOISE[..., :3])
    save(tmp_path / "grey.jpeg", NOISE[..., 0])
    page = '<img src="a%20b.png" alt="a &quot;b&quot;" width=9><IMG><img src="grey.jpeg" alt=g>'
    html, assets = embed_pictures(page, tmp_path)
    files = [(tmp_path / name).read_bytes() for name in ("a b.png", "grey.jpeg")]
    assert list(assets.values()) == files
    first, second = assets
    assert html == (
        f'<img alt="a &quot;b&quot;" width="9" src="asset:{first}" class="own">'
        f'<IMG><img alt="g" src="asset:{second}" class="own">'
    )
    assert (first[:4], first[-4:], second[-4:]) == ("own/", ".png", ".jpg")


@pytest.mark.parametrize(
    ("name", "mode", "ending"),
    [
        ("a.png", "RGBA", ".png"),
        ("a.png", "P", ".png"),
        ("a.webp", "RGB", ".png"),
        ("a.bmp", "RGB", ".png"),
        ("a.gif", "P", ".png"),
        ("a.tif", "CMYK", ".png"),
        ("a.jpg", "CMYK", ".jpg"),
    ],
)
def test_another_picture_is_written_again(
    name: str, mode: str, ending: str, tmp_path: Path
) -> None:
    """In red, green and blue, which is what an archived page may hold."""
    save(tmp_path / name, Image.fromarray(NOISE, "RGBA").convert("RGB").convert(mode))
    found, data = load_own_picture(tmp_path, name)
    assert found == ending
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.mode, picture.size) == ("RGB", (30, 20))


def test_a_turned_picture_is_upright_and_a_large_one_smaller(tmp_path: Path) -> None:
    """Also without what a camera notes of place and time."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    save(tmp_path / "a.jpg", NOISE[..., :3], exif=exif)
    _, data = load_own_picture(tmp_path, "a.jpg")
    assert Image.open(io.BytesIO(data)).size == (20, 30)
    assert b"a camera" not in data
    save(tmp_path / "b.png", Image.new("RGB", (own_picture.SIDE * 2, 40), "red"))
    _, data = load_own_picture(tmp_path, "b.png")
    assert Image.open(io.BytesIO(data)).size == (own_picture.SIDE, 20)


def test_a_drawing_is_kept(tmp_path: Path) -> None:
    """With style, editors' notes and links inside, as a picture that the page cannot reach."""
    drawing = DRAWING.format(
        "<style>path{fill:url(#a)}</style><metadata><x xmlns='http://e.org/e'/></metadata>"
        "<path d='M0 0L9 9'/><image href='data:image/png;base64,AA'/>"
    )
    (tmp_path / "d.svg").write_text(drawing, encoding="utf-8")
    html, assets = embed_pictures('<img src="d.svg" alt="a">', tmp_path)
    assert list(assets.values()) == [drawing.encode()]
    assert html.startswith('<img alt="a"')


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<foreignObject/>",
        "<animate/>",
        "<path onclick='x'/>",
        "<image href='https://e.org/a.png'/>",
        "<image href='data:image/svg+xml,x'/>",
        "<use href='file:///etc/passwd#a'/>",
        "<style>@import 'a.css';</style>",
        "<path style='fill:url(http://e.org)'/>",
        "<path fill='url(other.svg#a)'/>",
        "<b xmlns='http://www.w3.org/1999/xhtml'/>",
        "<a href='#x'/>",
        "<path",
    ],
)
def test_a_drawing_that_runs_or_fetches_is_refused(inside: str, tmp_path: Path) -> None:
    """Before anything is drawn of it."""
    (tmp_path / "d.svg").write_text(DRAWING.format(inside), encoding="utf-8")
    with pytest.raises(PictureError, match=r"d\.svg: "):
        load_own_picture(tmp_path, "d.svg")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "entities"),
        ("<html/>", "is not SVG"),
        ("", "is empty"),
    ],
)
def test_what_is_no_drawing_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """Entities that multiply, another language, nothing."""
    (tmp_path / "d.svg").write_text(text, encoding="utf-8")
    with pytest.raises(PictureError, match=said):
        load_own_picture(tmp_path, "d.svg")


def test_what_is_no_picture_of_the_report_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other folders, pipes, damaged and large files; each is named."""
    folder = tmp_path / "r"
    folder.mkdir()
    save(tmp_path / "out.png", NOISE)
    (folder / "link.png").symlink_to(tmp_path / "out.png")
    os.mkfifo(folder / "pipe.png")
    save(folder / "cut.png", NOISE)
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:200])
    (folder / "text.png").write_text("text", encoding="utf-8")
    save(folder / "large.png", NOISE)
    cases = {"link": "outside", "pipe": "a pipe", "cut": "truncated", "text": "not a picture"}
    for name, said in {**cases, "none": "does not exist"}.items():
        with pytest.raises(PictureError, match=rf"{name}\.png: .*{said}"):
            load_own_picture(folder, f"{name}.png")
    monkeypatch.setattr(own_picture, "LARGEST", 100)
    with pytest.raises(PictureError, match="is larger than"):
        load_own_picture(folder, "large.png")


@pytest.mark.parametrize("alt", ["", ' alt=""', ' alt=" "'])
def test_a_picture_without_words_is_refused(alt: str, tmp_path: Path) -> None:
    """Who cannot see it reads its text alternative."""
    save(tmp_path / "a.png", NOISE)
    with pytest.raises(RenderError, match="without a text alternative"):
        embed_pictures(f'<img src="a.png"{alt}>', tmp_path)


@pytest.mark.parametrize(
    "source", ["../a.png", "/a.png", "a\\b.png", "file:a.png", "//e.org/a.png"]
)
def test_an_address_elsewhere_is_no_own_picture(source: str, tmp_path: Path) -> None:
    """It stays as it is, and then is refused as any other."""
    page = f'<img src="{escape(source)}" alt="a">'
    assert embed_pictures(page, tmp_path) == (page, {})
