"""Pictures that look the same have hashes a few bits apart, and the pairs are found without n²."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from scenes.data import perceptual_hash as hashing
from scenes.data.perceptual_hash import NEAR, near_pairs, perceptual_hash
from scenes.data.synthetic.generate import CLASSES, paint_picture


def painted(kind: str, seed: int = 0) -> Image.Image:
    """Return a painted scene of 128 × 128 pixels."""
    return Image.fromarray(paint_picture(kind, np.random.default_rng(seed), 128))


def distance(one: Image.Image, other: Image.Image) -> int:
    """Return in how many bits the hashes differ."""
    hashes = perceptual_hash(one), perceptual_hash(other)
    assert hashes[0] is not None
    assert hashes[1] is not None
    return (hashes[0] ^ hashes[1]).bit_count()


def recoded(image: Image.Image) -> Image.Image:
    """Return the picture after a coarse JPEG."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=30)
    return Image.open(stream).convert("RGB")


SAME = {
    "coarse JPEG": recoded,
    "smaller": lambda image: image.resize((70, 70)),
    "larger": lambda image: image.resize((300, 300)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "flatter": lambda image: ImageEnhance.Contrast(image).enhance(0.8),
}


@pytest.mark.parametrize("kind", ["Bedroom", "Coast", "Street"])
@pytest.mark.parametrize("change", SAME)
def test_the_same_picture_stays_near(change: str, kind: str) -> None:
    """Another encoding, size, light or contrast is still the same picture."""
    image = painted(kind)
    assert distance(image, SAME[change](image)) <= NEAR


def test_other_pictures_are_far() -> None:
    """Of fifteen scenes no two are near."""
    hashes = [perceptual_hash(painted(kind)) for kind in CLASSES]
    assert near_pairs(sorted(one for one in hashes if one is not None)) == []
    assert len(set(hashes)) == len(CLASSES)


def test_what_shows_nothing_has_no_hash() -> None:
    """All pictures of one tone would look alike, whatever they are pictures of."""
    assert perceptual_hash(Image.new("RGB", (100, 80), "red")) is None


@pytest.mark.parametrize("size", [(64, 400), (400, 64), (64, 64), (97, 83), (63, 400), (1, 1)])
def test_any_shape_from_64_pixels_on_has_a_hash(size: tuple[int, int]) -> None:
    """The hash has 63 bits; of small pictures, such as digits, too many would look the same."""
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    found = perceptual_hash(Image.fromarray(pixels))
    assert (found is None) == (min(size) < 64)
    assert found is None or 0 <= found < 2**63


def test_the_transform_is_the_cosine_transform() -> None:
    """The frequencies are those of SciPy's, up to the scale of the whole."""
    from scipy.fft import dctn

    greys = np.random.default_rng(0).normal(size=(32, 32))
    expected = dctn(greys, norm="ortho")[:8, :8]
    found = hashing.COSINES @ greys @ hashing.COSINES.T
    np.testing.assert_allclose(found / 16, expected, atol=1e-12)


def written_out(image: Image.Image) -> int | None:
    """Return the hash as its description says it, step by step."""
    small = image.convert("L").resize((32, 32), Image.Resampling.BOX, reducing_gap=3.0)
    greys = np.asarray(small, dtype=np.float64)
    if greys.std() < hashing.FLAT:
        return None
    frequencies = (hashing.COSINES @ greys @ hashing.COSINES.T).ravel()[1:]
    above = frequencies > np.median(frequencies)
    return int("".join(str(int(bit)) for bit in above), 2)


@given(
    mode=st.sampled_from(["L", "RGB"]),
    width=st.integers(64, 300),
    height=st.integers(64, 300),
    contrast=st.sampled_from([3, 4, 5, 6, 7, 8, 20, 256]),
    tile=st.sampled_from([1, 9, 40]),
)
def test_the_hash_is_as_described(
    mode: str, width: int, height: int, contrast: int, tile: int
) -> None:
    """Of any picture with one channel or three, flat ones among them."""
    random = np.random.default_rng(width * height)
    tones = random.integers(0, contrast, (tile, tile), dtype=np.uint8)
    image = Image.fromarray(tones).resize((width, height)).convert(mode)
    assert perceptual_hash(image) == written_out(image)


flips = st.lists(st.integers(0, 62), max_size=9, unique=True)


@given(st.lists(st.tuples(st.integers(0, 2**63 - 1), flips), min_size=1, max_size=12))
def test_every_near_pair_is_found_and_no_other(drawn: list[tuple[int, list[int]]]) -> None:
    """Bands give what comparing all with all gives."""
    hashes = set()
    for value, bits in drawn:
        hashes |= {value, value ^ sum(1 << bit for bit in bits)}
    ordered = sorted(hashes)
    expected = [
        (i, j)
        for i, one in enumerate(ordered)
        for j, other in enumerate(ordered)
        if i < j and (one ^ other).bit_count() <= NEAR
    ]
    assert near_pairs(ordered) == expected


def test_work_grows_with_the_number_and_not_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many pictures are about twice as many comparisons."""
    compared: list[int] = []
    close = hashing._close

    def counting(*args: np.ndarray) -> set[tuple[int, int]]:
        compared.append(len(args[1]))
        return close(*args)

    monkeypatch.setattr(hashing, "_close", counting)
    random = np.random.default_rng(0)
    work = []
    for n in (4000, 8000):
        compared.clear()
        near_pairs(sorted(set(random.integers(0, 2**63, n).tolist())))
        work.append(sum(compared) / n)
    assert work[1] < 2.5 * work[0]
    assert work[1] < 80  # of 8,000


def test_crowds_are_compared_in_part() -> None:
    """Where thousands share their first half, the cost stays bounded and the nearest are found."""
    hashes = [(5 << 40) + i for i in range(3000)]
    assert (0, 1) in near_pairs(hashes)
