"""The parser of HTML (tinyhtml5), which looks for its expressions where it has put them.

It keeps each regular expression under a wrong key (2.1.0, `inputstream.chars_until`), and so builds
them anew at every tag and text: half of the time of a parse.
"""

import re
from collections.abc import Iterable

from tinyhtml5 import inputstream, parse
from tinyhtml5.parser import HTMLParser

__all__ = ["HTMLParser", "parse"]

Key = tuple[Iterable[str], bool]
"""Characters, and whether they are those that are read or those that end the reading."""


class _Expressions(dict[Key, re.Pattern[str]]):
    """Regular expressions by what they match, each made when it is asked for first."""

    def __missing__(self, key: Key) -> re.Pattern[str]:
        characters, is_read = key
        listed = "".join(f"\\x{ord(character):02x}" for character in characters)
        self[key] = re.compile(f"[{'' if is_read else '^'}{listed}]+")
        return self[key]


inputstream.characters_until_regex = _Expressions()
