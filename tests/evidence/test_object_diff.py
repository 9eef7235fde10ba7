"""Drawings are equal where their operators are, and their numbers are close."""

import pytest

from scenes.evidence.object_diff import is_same_drawing


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"1.001 2 m", b"1.002 2.009 m"),
        (b"-.5 0 Td [<0a1b> -120 (a) ] TJ", b"-0.501 0 Td [<0a1b> -120.004 (a) ] TJ"),
        (b"[<0a1b>0<>-29.8<61 6>] TJ", b"[<0A1B>0()-29.8(a`)] TJ"),
        (rb"(\\\50\n\q" + b"\\\nx\r\n) Tj", b"<5c280a71780a> Tj"),
    ],
)
def test_numbers_may_be_close(first: bytes, second: bytes) -> None:
    """As the last digits of a curve depend on the processor; strings have two spellings."""
    assert is_same_drawing(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"1 2 m", b"1 2 l"),
        (b"1 2 m", b"1 2.02 m"),
        (b"[<00120013001400150016001700180019>] TJ", b"[<00120013001400150016001700180018>] TJ"),
        (b"[<012e0034>] TJ", b"[<120e0033>] TJ"),
        (b"(at 0.001) Tj", b"(at 0.002) Tj"),
        (b"(a\\) 0.001) Tj", b"(a\\) 0.002) Tj"),
        (b"(ab) Tj", b"<6163> Tj"),
        (b"<> Tj", b"( ) Tj"),
        (b"<6> Tj", b"<06> Tj"),
    ],
)
def test_strings_name_letters(first: bytes, second: bytes) -> None:
    """Their digits are no numbers: as such, many would be too long to be told apart."""
    assert not is_same_drawing(first, second)
