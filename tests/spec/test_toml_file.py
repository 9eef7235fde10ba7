"""A TOML file is read, or its mistake is reported with the line that made it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.spec.toml_file import parse_toml


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a = 1\nb = """x\nc = 2\n', 'line 2: the text that """ opens here is never closed'),
        ("a = 1\nb = '''x\n\n", "line 2: the text that ''' opens here is never closed"),
        ("a = 'x", "line 1: the text that ' opens here is never closed"),
        ("a = 1\nb = [\n 1,\n 2,\n", "line 2: the list that [ opens here is never closed"),
        ("a = [\n # ]\n", "line 1: the list that [ opens here is never closed"),
        ('a = [ "]", [1],\n', "line 1: the list that [ opens here is never closed"),
        (
            "[[study]]\nvalues = [1, 2\n[[study]]\nx = 1\n",
            "line 3, column 1: Unclosed array; the list that [ opens in line 2 is not closed",
        ),
        ("a = [ {x = 1},\n {y = 1\n", "the table that { opens in line 2"),
        ("a = 1\na = 2\n", "line 2, column 6: Cannot overwrite a value"),
        ('a = "x" b', "line 1, column 9: Expected newline or end of document after a statement"),
        ("a = 1\n[b", "line 2"),
        ("a = 1\rb = 2\n", "line 1: it holds a carriage return alone"),
        ("a = 1\n# x\r y\n", "line 2: it holds a carriage return alone"),
        ('a = """\n\r"""\n', "line 2: it holds a carriage return alone"),
        (f"a = {'[' * 4000}", "nests lists or tables too deep"),
    ],
)
def test_a_mistake_has_the_line_that_made_it(text: str, told: str) -> None:
    """What is not closed is reported where it opens, not where the file ends."""
    with pytest.raises(ValueError, match=r"(?s).*") as caught:
        parse_toml(text.encode())
    assert told in str(caught.value)
    assert "end of document)" not in str(caught.value)


def test_another_encoding_is_told_with_its_line() -> None:
    """The byte that is not UTF-8 is reported with line and place."""
    with pytest.raises(ValueError, match=r"line 2: its text is not UTF-8 \(byte 14 is 0xf3\)"):
        parse_toml("a = 1\nb = 'xyzó'".encode("latin-1"))


def test_line_ends_of_windows_and_a_byte_order_mark_are_read() -> None:
    """Both are what editors on Windows write."""
    content = b'\xef\xbb\xbfa = """x\r\ny"""\r\nb = 2\r\n'
    assert parse_toml(content) == ('a = """x\ny"""\nb = 2\n', {"a": "x\ny", "b": 2})


SIGNS = st.sampled_from(["a", " ", "=", "1", ",", "\n", "[", "]", "{", "}", '"', "'", '"""', "'''",
                         "\\", "#", "é", "[[", "]]", "."])  # fmt: skip


@given(st.lists(SIGNS, max_size=30).map("".join))
def test_it_reads_what_the_standard_library_reads(text: str) -> None:
    """The same tables come out, and every mistake has a line that the file has."""
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(ValueError, match=r"line \d+"):
            parse_toml(text.encode())
    else:
        assert parse_toml(text.encode()) == (text, expected)
