"""Web addresses and DOIs of references: as BibTeX files write them in, as links need them out."""

import re
from urllib.parse import quote, urlsplit

from scenes.report.markup.latex_text import CONTROL, PRIVATE

SCHEMES = ("http", "https", "mailto")
_RESOLVER = re.compile(r"(?i)(?:(?:https?:/*)?(?:dx\.)?doi\.org/+|doi:\s*)+")


def read_address(source: str) -> str:
    r"""Return a web address or DOI: `\_`, `{\_}` and `\url{…}` undone, nothing else touched."""
    text = re.sub(r"\\(?:url|nolinkurl|path)\s*\{(.*)\}", r"\1", source.strip())
    text = re.sub(r"\{?\\textunderscore\s*(?:\{\})?\}?", "_", text)
    text = re.sub(r"\{?\\(?:textasciitilde|sim)\s*(?:\{\})?\}?|\\~(?:\{\})?|\$\\sim\$", "~", text)
    text = re.sub(r"\{\\([_%&#$~^])\}|\\([_%&#$^{}])", r"\1\2", text)
    text = re.sub(r"\{([^{}]*)\}", r"\1", text)
    return "".join(CONTROL.sub("", PRIVATE.sub("", text)).split())


def read_doi(source: str) -> str:
    """Return a DOI without the address of its resolver."""
    return _RESOLVER.sub("", read_address(source), count=1)


def is_doi(text: str) -> bool:
    """Return whether a text has the form of a DOI."""
    return re.fullmatch(r"10\.[\w.]+/\S+", text) is not None


def is_resolver(url: str) -> bool:
    """Return whether an address is a DOI's."""
    return _RESOLVER.match(url) is not None


def is_web_address(url: str) -> bool:
    """Return whether an address may become a link."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in SCHEMES and bool(parts.hostname or parts.scheme == "mailto")
    except ValueError:
        return False


def doi_address(doi: str) -> str:
    """Return the address that resolves a DOI."""
    return f"https://doi.org/{quote(doi, safe='/:;()._-')}"
