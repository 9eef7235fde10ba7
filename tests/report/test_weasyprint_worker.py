"""What the child that sets pages makes of the objects of a PDF."""

import pydyf

from scenes.report.output.weasyprint_worker import _packed_once


def test_a_stream_is_compressed_once_and_holds_the_same() -> None:
    """Its bytes are those that pydyf makes, and asking again does not make them again."""
    stream = pydyf.Stream([b"0 0 m", b"9 9 l"] * 50, {"Type": "/Example"}, compress=True)
    stream.number = 7
    packed = _packed_once(stream)
    assert packed.indirect == stream.indirect
    assert packed.data is packed.data


def test_what_is_no_stream_stays() -> None:
    """Dictionaries go on being read when the file is written."""
    plain = pydyf.Dictionary({"Type": "/Example"})
    assert _packed_once(plain) is plain
