import dataclasses
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest
from small_models import KERAS_SAVES, draw_pictures

from scenes.errors import UserError, WeightsError
from scenes.spec.builtin_backbones import BACKBONES
from scenes.training.backbones import build_backbone
from scenes.training.models import build_transfer
from scenes.training.weights import keras_models_folder, load_weights_into, weights_status
from scenes.training.weights_install import install_weights

pytestmark = KERAS_SAVES

FORMATS = [".h5", ".weights.h5", ".keras"]
SMALL = "MobileNetV3Small"


def build_tower(filters: tuple[int, ...] = (4, 4, 8), *, units: int = 3) -> keras.Model:
    """Build a small network of named convolutions, one of them nested, with a normalisation."""
    x = inputs = keras.Input((8, 8, 3))
    for number, count in enumerate(filters, start=1):
        x = keras.layers.Conv2D(count, 3, padding="same", name=f"block{number}")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    stem = [keras.layers.Conv2D(2, 1), keras.layers.Dropout(0.5), keras.layers.Conv2D(2, 1)]
    x = keras.Sequential(stem, name="nested")(x)
    outputs = keras.layers.Dense(units, name="top")(x) if units else x
    return keras.Model(inputs, outputs, name="tower")


def save(model: keras.Model, path: Path) -> Path:
    """Save a model's weights in the format that the ending tells."""
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


def values(model: keras.Model) -> list[npt.NDArray[np.float32]]:
    """Return a model's weights, made unlike those of any new model."""
    return [np.asarray(weight) for weight in model.weights]


def scramble(model: keras.Model) -> keras.Model:
    """Give every weight, moving statistics too, a value that no new model has."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))
    return model


@pytest.fixture
def keras_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let Keras' folder of weights be an empty one."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "models"


def expect_hash_of(content: bytes, monkeypatch: pytest.MonkeyPatch, *, algorithm: str) -> None:
    """Let Keras' file for VGG16 be the one with this content."""
    digest = hashlib.new(algorithm, content).hexdigest()
    entry = dataclasses.replace(BACKBONES["VGG16"], weights_hash=digest)
    monkeypatch.setitem(BACKBONES, "VGG16", entry)


@pytest.mark.parametrize("name", BACKBONES)
def test_status_tells_what_is_needed_and_where(name: str, keras_home: Path) -> None:
    """Without a file: its name, the folder, the address, and that it is not there."""
    status = weights_status(name)
    assert status.folder == keras_home
    assert status.file_name == BACKBONES[name].weights_file(224)
    assert status.url.endswith(f"/{status.file_name}")
    assert (status.present, status.hash_ok, status.ready) == (False, None, False)


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_status_checks_the_hash_as_keras_does(
    algorithm: str, keras_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with another content is present and not ready."""
    expect_hash_of(b"weights", monkeypatch, algorithm=algorithm)
    path = keras_home / BACKBONES["VGG16"].weights_file()
    path.parent.mkdir(parents=True)
    for content, right in ((b"weights", True), (b"weightz", False)):
        path.write_bytes(content)
        status = weights_status("VGG16")
        assert (status.present, status.hash_ok, status.ready) == (True, right, right)


def test_status_of_other_weights(keras_home: Path, tmp_path: Path) -> None:
    """Random weights need no file; a path is looked for, then Keras' folder."""
    assert weights_status("VGG16", "random").ready
    file = tmp_path / "mine.weights.h5"
    assert not weights_status("VGG16", str(file)).ready
    file.touch()
    assert weights_status("VGG16", str(file)).ready
    keras_home.mkdir(parents=True)
    (keras_home / "kept.weights.h5").touch()
    assert weights_status("VGG16", "kept.weights.h5").path == keras_home / "kept.weights.h5"


def test_folder_is_that_of_keras() -> None:
    """Without TensorFlow the program looks where Keras does."""
    from keras.src.backend.config import keras_home

    assert keras_models_folder() == Path(keras_home()) / "models"


def test_folder_that_cannot_be_written_is_replaced_as_by_keras(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Keras falls back on /tmp/.keras; the program says so rather than name a useless place."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert keras_models_folder() == Path("/tmp/.keras/models")


def test_status_needs_no_tensorflow() -> None:
    """What to do about weights is reported before anything heavy is imported."""
    code = (
        "import sys; from scenes.training.weights import weights_status; "
        "weights_status('VGG16'); print('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_unknown_backbone_is_refused() -> None:
    """With the choices."""
    with pytest.raises(UserError, match="'VGG17' is unknown; choose from VGG16"):
        weights_status("VGG17")


@pytest.mark.parametrize("ending", FORMATS)
def test_file_gives_the_predictions_of_its_maker(ending: str, tmp_path: Path) -> None:
    """Weights from a file are the very weights that were saved, in every format."""
    maker = scramble(build_tower())
    reader = build_tower()
    load_weights_into(reader, save(maker, tmp_path / f"tower{ending}"))
    pictures = draw_pictures(2, size=8)
    np.testing.assert_array_equal(reader(pictures), maker(pictures))


@pytest.mark.parametrize("ending", [".h5", ".keras"])
def test_backbone_takes_weights_from_a_file(ending: str, tmp_path: Path) -> None:
    """`weights = "path"` gives a transfer model the features of the file's maker."""
    maker = build_backbone(SMALL, image_size=32, weights="random")
    path = save(maker, tmp_path / f"mine{ending}")
    model = build_transfer(image_size=32, classes=3, backbone=SMALL, weights=str(path))
    pictures = draw_pictures(2)
    np.testing.assert_array_equal(model.get_layer(SMALL)(pictures), maker(pictures))


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("ending", FORMATS)
def test_every_backbone_takes_its_own_file(name: str, ending: str, tmp_path: Path) -> None:
    """What Keras saved of a backbone fits it, however its layers are nested and named."""
    size = BACKBONES[name].minimum_size
    maker = build_backbone(name, image_size=size, weights="random")
    reader = build_backbone(name, image_size=size, weights="random")
    load_weights_into(reader, save(maker, tmp_path / f"mine{ending}"))
    for one, other in zip(values(maker), values(reader), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (lambda: build_tower((4, 5, 8)), r"layer block2 wants .*\(3, 3, 4, 4\).*\(3, 3, 4, 5\)"),
        (lambda: build_tower((4, 4)), "layer block3 wants weights"),
        (lambda: build_tower(units=7), r"layer top wants .*\(2, 3\).*the file has \(2, 7\)"),
        (lambda: build_tower(units=0), "layer top wants .*the file has nothing"),
        (
            lambda: build_tower((4, 4, 8, 8)),
            "layer norm wants|the file goes on with layer layers/conv2d_3",
        ),
    ],
)
def test_file_that_does_not_fit_is_refused(
    ending: str, other: Callable[[], keras.Model], told: str, tmp_path: Path
) -> None:
    """The message names the first layer that differs, and the model stays as it was."""
    path = save(other(), tmp_path / f"other{ending}")
    model = build_tower()
    before = values(model)
    with pytest.raises(WeightsError, match=told):
        load_weights_into(model, path)
    for one, same in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("ending", FORMATS)
def test_file_with_more_layers_is_refused(ending: str, tmp_path: Path) -> None:
    """Weights with a top are not those of a backbone without: nothing is left over in silence."""
    path = save(build_tower(), tmp_path / f"with_top{ending}")
    with pytest.raises(WeightsError, match=r"goes on with layer (top|layers/dense)"):
        load_weights_into(build_tower(units=0), path)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 torn"])
def test_file_that_holds_no_weights_is_refused(ending: str, content: bytes, tmp_path: Path) -> None:
    """Empty, torn and foreign files are reported as what they are."""
    path = tmp_path / f"broken{ending}"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=f"broken{ending}: this is no weights file of Keras"):
        load_weights_into(build_tower(), path)


@pytest.mark.parametrize("ending", FORMATS)
def test_truncated_file_is_refused(ending: str, tmp_path: Path) -> None:
    """Half of a file gives no half of a model."""
    path = save(build_tower(), tmp_path / f"half{ending}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WeightsError, match="this is no weights file of Keras"):
        load_weights_into(build_tower(), path)


def test_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    """The message says that there is no file, or which endings are known."""
    with pytest.raises(WeightsError, match=r"gone\.h5: there is no such file"):
        load_weights_into(build_tower(), tmp_path / "gone.h5")
    (tmp_path / "weights.npz").touch()
    with pytest.raises(WeightsError, match=r"ends in \.weights\.h5, \.h5, \.keras"):
        load_weights_into(build_tower(), tmp_path / "weights.npz")


def test_long_lists_of_layers_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras cuts the names of many layers into chunks; a difference in a late chunk is found."""
    monkeypatch.setattr("keras.src.legacy.saving.legacy_h5_format.HDF5_OBJECT_HEADER_LIMIT", 24)
    path = save(build_tower(units=7), tmp_path / "long.h5")
    with pytest.raises(WeightsError, match=r"layer top wants .*the file has \(2, 7\)"):
        load_weights_into(build_tower(), path)


def test_keras_own_file_is_installed_in_keras_place(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file with the right hash, whatever its name, is what "imagenet" finds afterwards."""
    expect_hash_of(b"the weights", monkeypatch, algorithm="md5")
    file = tmp_path / "download (1).h5"
    file.write_bytes(b"the weights")
    installed = install_weights(file, "VGG16")
    assert installed == keras_home / BACKBONES["VGG16"].weights_file()
    assert weights_status("VGG16").ready
    assert [path.name for path in keras_home.iterdir()] == [installed.name]


def test_other_file_that_fits_is_kept_under_its_own_name(keras_home: Path, tmp_path: Path) -> None:
    """It is not taken for ImageNet's, and `weights = "<its name>"` finds it."""
    maker = build_backbone(SMALL, image_size=32, weights="random")
    file = save(maker, tmp_path / "mine.keras")
    installed = install_weights(file, SMALL, image_size=32)
    assert installed == keras_home / "scenes_mine.keras"
    assert not weights_status(SMALL).present
    reader = build_backbone(SMALL, image_size=32, weights=installed.name)
    np.testing.assert_array_equal(reader.get_weights()[0], maker.get_weights()[0])


def test_file_without_a_known_hash_is_installed_if_it_fits(
    keras_home: Path, tmp_path: Path
) -> None:
    """Keras checks no hash for MobileNetV2: the name and the shapes decide."""
    name = BACKBONES["MobileNetV2"].weights_file(96)
    file = save(build_backbone("MobileNetV2", image_size=96, weights="random"), tmp_path / name)
    assert install_weights(file, "MobileNetV2", image_size=96) == keras_home / name


def test_file_that_does_not_fit_is_not_installed(keras_home: Path, tmp_path: Path) -> None:
    """Nothing is put in place, and the message names the first layer that differs."""
    file = save(build_tower(), tmp_path / "tower.h5")
    with pytest.raises(WeightsError, match="layer conv wants weights"):
        install_weights(file, SMALL, image_size=32)
    assert not keras_home.exists()


def test_installation_is_all_or_nothing(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A copy that breaks off leaves what was there, and no remains."""
    expect_hash_of(b"the weights", monkeypatch, algorithm="md5")
    target = keras_home / BACKBONES["VGG16"].weights_file()
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    file = tmp_path / "new.h5"
    file.write_bytes(b"the weights")

    def break_off(*_: object) -> None:
        raise OSError("disk full")

    for step in ("shutil.copyfileobj", "os.fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(step, break_off)
            with pytest.raises(WeightsError, match=r"has not changed\n.*disk full"):
                install_weights(file, "VGG16")
        assert [path.name for path in keras_home.iterdir()] == [target.name]
        assert target.read_bytes() == b"old"
