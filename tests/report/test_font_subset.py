"""A page's fonts hold the signs that it can show, in every form that its style asks for."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from scenes.report.markup.templates import templates_folder
from scenes.report.output import font_subset
from scenes.report.output.font_subset import FEATURES, kept_subset, signs_of, subset_font
from scenes.report.style import font_assets

NAME = "fonts/SourceSerifPro-Regular.ttf"


def opened(data: bytes) -> Any:
    """Return a font."""
    return TTFont(io.BytesIO(data))


def features(font: Any) -> set[str]:
    """Return the names of a font's features."""
    tables = [font[name].table for name in ("GSUB", "GPOS") if name in font]
    return {record.FeatureTag for table in tables for record in table.FeatureList.FeatureRecord}


def test_what_is_shown_is_kept_and_little_else() -> None:
    """The signs of a text, wherever it stands, and those that script and style write."""
    style = r'<style>a { content: "\2713" }</style><script>"\u2715"</script>'
    html = f'{style}<p title="Ω">α &ndash; ß</p>'
    signs = signs_of(html + r'<script>"\u03c0a\xb1b"</script> c' + "\u030c")
    assert {"π", "±", "č"} <= signs
    assert {"Ω", "ω", "α", "Α", "–", "ß", "✕", "✓", "a", "9", "é"} <= signs
    whole = font_assets()[NAME]
    small = subset_font(whole, signs)
    assert len(small) < len(whole) / 2
    kept = opened(small).getBestCmap().keys()
    assert kept == {ord(sign) for sign in signs} & opened(whole).getBestCmap().keys()
    assert ord("Ж") not in kept
    assert signs_of(r"half a pair: \ud800, \udfff") == signs_of("half a pair: ,")


def test_the_forms_that_style_sheets_ask_for_are_kept() -> None:
    """Figures of one width and of old style, small capitals, ligatures, kerning."""
    style = "".join(path.read_text("utf-8") for path in templates_folder().glob("*.css"))
    settings = " ".join(re.findall(r"feature-settings:([^;}]*)", style))
    asked = set(re.findall(r'"([a-z]{4})"', settings))
    asked |= {"smcp"} if "small-caps" in style else set()
    assert asked <= set(FEATURES)
    whole = font_assets()[NAME]
    assert asked & features(opened(whole)) <= features(opened(subset_font(whole, signs_of("a"))))


def test_the_licence_stays_and_the_same_page_gives_the_same_bytes() -> None:
    """No name of the font is lost; no clock is read."""
    for data in font_assets().values():
        small = subset_font.__wrapped__(data, signs_of("x"))
        assert small == subset_font.__wrapped__(data, signs_of("x"))
        before = {(name.nameID, str(name)) for name in opened(data)["name"].names}
        assert {(name.nameID, str(name)) for name in opened(small)["name"].names} == before


def test_a_folder_keeps_what_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same characters are cut out once; others, or a damaged file, again."""
    cut: list[frozenset[str]] = []

    def subset(font: bytes, signs: frozenset[str]) -> bytes:
        cut.append(signs)
        return font[:9] + "".join(sorted(signs)).encode()

    monkeypatch.setattr(font_subset, "subset_font", subset)
    for signs in ("ab", "ab", "abc", "ab"):
        assert kept_subset(b"font", frozenset(signs), tmp_path) == b"font" + signs.encode()
    assert len(cut) == len(list(tmp_path.iterdir())) == 2
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes() + b"x")
    assert kept_subset(b"font", frozenset("ab"), tmp_path) == b"fontab"
    assert kept_subset(b"tnof", frozenset("ab"), tmp_path) == b"tnofab"
    assert kept_subset(b"font", frozenset("ab"), None) == b"fontab"
    assert len(cut) == 5
