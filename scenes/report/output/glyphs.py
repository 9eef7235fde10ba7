"""Characters that no font of the report has: HTML and its files in, a line for each out."""

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # categories of characters that need no glyph


def missing_glyphs(html: str, assets: Mapping[str, bytes]) -> Iterator[str]:
    """Yield every character that none of the report's fonts has, and the text it stands in.

    A font of the machine might have it, and then the page would be another one elsewhere.
    """
    known = _characters(assets)
    places = {"the text": re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)}
    for name, data in assets.items():
        if name.endswith(".svg"):
            texts = re.findall(r"<text[^>]*>(.*?)</text>", data.decode("utf-8"), flags=re.DOTALL)
            places[name] = " | ".join(texts)
    for place, markup in places.items():
        text = unescape(markup)
        for character in sorted(set(text) - known):
            if unicodedata.category(character) not in UNSEEN:
                at = text.index(character)
                near = " ".join(text[max(0, at - 30) : at + 30].split())
                code = f"U+{ord(character):04X}"
                yield f"no font of the report has {character!r} ({code}), in {place}: … {near} …"


def _characters(assets: Mapping[str, bytes]) -> set[str]:
    """Return the characters of all the fonts together."""
    from fontTools.ttLib import TTFont

    fonts = (
        TTFont(io.BytesIO(data), lazy=True)
        for name, data in assets.items()
        if Path(name).suffix in (".otf", ".ttf")
    )
    return {chr(code) for font in fonts for code in font["cmap"].getBestCmap()}
