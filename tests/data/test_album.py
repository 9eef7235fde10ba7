"""What a document prints is known, whatever another document has printed before."""

from PIL import Image

from scenes.data.album import Album, Key

ONE: Key = ("a.jpg", 8, "square")
OTHER: Key = ("b.jpg", 8, "fitted")


def test_another_document_starts_with_an_empty_album() -> None:
    """It shares the bitmaps, which are made once, and has printed only its own."""
    made = []

    def decode() -> Image.Image:
        made.append(1)
        return Image.new("RGB", (16, 8))

    first = Album()
    first.take(ONE, decode)
    first.take(OTHER, decode)
    second = first.emptied()
    bitmap = second.take(OTHER, decode)
    assert bitmap.shape == (4, 8, 3)
    assert (set(first.bitmaps), set(second.bitmaps)) == ({ONE, OTHER}, {OTHER})
    assert len(made) == 2
