"""The report's fonts, cut down to what a page can show: HTML and a font in, a font out.

Kept are the forms that style sheets ask for (figures of one width or old style, small capitals,
ligatures, kerning) and every name in the font, its licence among them. The same page gives the same
bytes.
"""

import functools
import hashlib
import io
import re
from html import unescape
from importlib.metadata import version
from pathlib import Path
from unicodedata import normalize

from scenes.system.files import load_checked, save_checked

FEATURES = (
    "ccmp", "locl", "mark", "kern", "liga", "lnum", "onum", "tnum", "pnum", "smcp",
)  # fmt: skip
"""What a style sheet may switch on."""

ALWAYS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2010, 0x2027)]))
"""Latin letters, figures and marks: what a reader's browser may write into any page."""

FINAL_SIGMA = "ς"
"""What a capital sigma becomes at the end of a word; any other letter keeps its form."""

SURROGATES = range(0xD800, 0xE000)
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(?:u\{)?([0-9a-fA-F]{1,6}))")
"""Of scripts, \\u00d7 and \\xd7, and of styles, \\d7; what is read as one in error does no harm."""


@functools.lru_cache(maxsize=2)  # figures seldom change, and are nine tenths of a page
def signs_of(html: str) -> frozenset[str]:
    """Return the characters that a page can show, by itself or by its script and style."""
    codes = (int("".join(found), 16) for found in _ESCAPED.findall(html))
    # Half a pair of UTF-16 is no character, and no font could be asked for it.
    escaped = "".join(chr(it) for it in codes if it < 0x110000 and it not in SURROGATES)
    text = f"{ALWAYS}{unescape(html)}{escaped}"
    # Browsers put accents on letters where the font has both.
    signs = frozenset(text) | frozenset(normalize("NFC", text))
    once = "".join(signs)  # pictures make a page a thousand times as long as its alphabet
    return signs | frozenset(f"{once.upper()}{once.lower()}{FINAL_SIGMA}")


def kept_subset(font: bytes, signs: frozenset[str], cache: Path | None) -> bytes:
    """Return what `subset_font` does, from a folder that keeps it where there is one.

    A page seldom gets a character that it did not have, and cutting takes longer than the rest.
    """
    if cache is None:
        return subset_font(font, signs)
    path = cache / f"{_key(font, signs)}.ttf"
    known = load_checked(path)
    if known is None:
        known = subset_font(font, signs)
        save_checked(path, known)
    return known


def _key(font: bytes, signs: frozenset[str]) -> str:
    """Return a name for all that decides what is cut."""
    text = f"{_code()} {len(signs)} {''.join(sorted(signs))}"
    return hashlib.sha256(text.encode() + font).hexdigest()[:32]


@functools.cache
def _code() -> str:
    """Return what decides how a font is cut: this module and the library."""
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return f"{version('fonttools')} {own}"


@functools.lru_cache(maxsize=16)  # the faces of a document, and of the one before
def subset_font(font: bytes, signs: frozenset[str]) -> bytes:
    """Return a TrueType font with the glyphs of some characters only."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    whole = TTFont(io.BytesIO(font), recalcTimestamp=False)
    options = Options(layout_features=list(FEATURES), name_IDs=["*"], notdef_outline=True)
    options.drop_tables += ["FFTM"]  # an editor's time stamp, of which fontTools would complain
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(signs)))
    subsetter.subset(whole)
    small = io.BytesIO()
    whole.save(small)
    return small.getvalue()
