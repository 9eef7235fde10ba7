"""What a run found goes into plain files and comes back from them, to the last bit."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import MakeRecord
from factories import assert_same_record, build_identity, build_record
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenes.runs.identity import run_id
from scenes.runs.record import METRICS, Pace, Record, derive_predictions
from scenes.runs.record_files import (
    CLASSES,
    ENVIRONMENT,
    HISTORY,
    HISTORY_COLUMNS,
    IDENTITY,
    NEEDED,
    OUTCOME,
    PICTURES,
    PREVIEW,
    PROBABILITIES,
    SUMMARY,
    decode_history,
    decode_record,
    encode_record,
)
from scenes.runs.sealed import encode_json
from scenes.system.npz import encode_npz

Content = dict[str, bytes]
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
NUMBERS = st.floats(0, 1e30)
EPOCHS = st.lists(
    st.tuples(NUMBERS, st.floats(0, 1), NUMBERS, st.floats(0, 1), NUMBERS, NUMBERS), min_size=1
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Draw any record: histories, classes, pictures and probabilities of all kinds."""
    columns = [list(column) for column in zip(*draw(EPOCHS), strict=True)]
    classes = draw(st.lists(NAMES, min_size=1, max_size=4))
    names = draw(st.lists(NAMES, min_size=1, max_size=5))
    truth = [draw(st.integers(0, len(classes) - 1)) for _ in names]
    shape = (len(names), len(classes))
    weights = draw(arrays(np.float64, shape, elements=st.floats(0.001, 1)))
    shares = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return replace(
        build_record(identity=build_identity(seed=draw(st.integers(0, 2**32)))),
        classes=tuple(classes),
        history=dict(zip(METRICS, columns, strict=False)),
        pace=Pace(tuple(columns[4]), tuple(columns[5])),
        kept=draw(st.integers(0, len(columns[0]) - 1)),
        stopped_early=draw(st.booleans()),
        predictions=derive_predictions(names, np.array(truth, np.int64), shares),
        preview=draw(st.none() | st.binary()),
    )


@settings(max_examples=60)
@given(records())
def test_every_number_and_name_comes_back(record: Record) -> None:
    """Figures are exact to the last bit; pictures and classes may have any name."""
    content = encode_record(record)
    assert (PREVIEW in content) == (record.preview is not None)
    assert_same_record(decode_record(record.id, content), record)
    assert encode_record(record) == content


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_named(name: str, make_record: MakeRecord) -> None:
    """Files that are no record are refused by name."""
    record = make_record()
    content = {key: data for key, data in encode_record(record).items() if key != name}
    with pytest.raises(ValueError, match=f"{name}: missing"):
        decode_record(record.id, content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "columns loss, accuracy, .* are expected"),
        (b"loss\n", "columns loss, accuracy, .* are expected"),
        (b"\xff", "codec can't decode"),
        (",".join(HISTORY_COLUMNS).encode() + b"\n1", "1 cells, not 6"),
        (",".join(HISTORY_COLUMNS).encode() + b"\n1,2,3,x,5,6", "could not convert"),
    ],
)
def test_another_history_is_refused(text: bytes, reason: str) -> None:
    """A file with other columns, too few values or no numbers is no history."""
    with pytest.raises(ValueError, match=reason):
        decode_history(text)


def test_files_are_for_people(make_record: MakeRecord) -> None:
    """Tables have a head, epochs are counted from 1, and NumPy alone opens the probabilities."""
    record = make_record(kept=0)
    content = encode_record(record)
    assert next(csv.reader(io.StringIO(content[HISTORY].decode()))) == list(HISTORY_COLUMNS)
    assert content[PICTURES].decode().splitlines()[:2] == ["picture,truth", "val/0.png,0"]
    assert json.loads(content[OUTCOME]) == {"kept_epoch": 1, "stopped_early": False}
    assert json.loads(content[CLASSES]) == ["class 0", "class 1"]
    with np.load(io.BytesIO(content[PROBABILITIES]), allow_pickle=False) as opened:
        np.testing.assert_array_equal(opened["probabilities"], record.predictions.probabilities)


def test_the_probabilities_of_a_large_set_are_small() -> None:
    """2,985 pictures of 15 classes take less than 180 KB."""
    logits = np.random.default_rng(0).normal(0, 3, (2985, 15))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert len(encode_npz({"probabilities": shares.astype(np.float32)})) < 180_000


def changed_json(name: str, **changes: Any) -> Callable[[Content], None]:
    """Return what replaces parts of a JSON object."""

    def change(content: Content) -> None:
        content[name] = encode_json({**json.loads(content[name]), **changes})

    return change


def written(name: str, data: bytes | str) -> Callable[[Content], None]:
    """Return what replaces a file."""
    return lambda content: content.update({name: data.encode() if isinstance(data, str) else data})


def probabilities(values: Any, dtype: Any = np.float32) -> Callable[[Content], None]:
    """Return what replaces the probabilities."""
    return written(PROBABILITIES, encode_npz({"probabilities": np.array(values, dtype)}))


Change = Callable[[Content], None]
HALVES = [[0.5, 0.5]] * 4
HEAD = ",".join(HISTORY_COLUMNS) + "\n"


WRONG: list[tuple[Change, str]] = [
    (written(ENVIRONMENT, "{}"), "environment.json: scenes: Field required"),
    (written(ENVIRONMENT, "[]"), "environment.json: Input should be a valid dict"),
    (written(ENVIRONMENT, "[" * 1000 + "]" * 1000), "environment.json: nested too deeply"),
    (written(ENVIRONMENT, "x"), "environment.json: Expecting value"),
    (changed_json(ENVIRONMENT, seconds=float("nan")), "environment.json: seconds"),
    (changed_json(ENVIRONMENT, seconds="3"), "environment.json: seconds"),
    (changed_json(ENVIRONMENT, seconds=True), "environment.json: seconds"),
    (changed_json(ENVIRONMENT, started="today"), "environment.json: started: Invalid iso"),
    (changed_json(ENVIRONMENT, started="0001-01-01"), "environment.json: started"),
    (changed_json(ENVIRONMENT, pictures={"train": 1}), "environment.json: pictures.val"),
    (written(SUMMARY, '{"parameters": 1}'), "summary.json: name: Field required"),
    (changed_json(SUMMARY, layers=[{"name": {}}]), "summary.json: layers.0.name"),
    (changed_json(SUMMARY, backbone=[]), "summary.json: backbone"),
    (changed_json(SUMMARY, parameters=-1), "summary.json: parameters"),
    (written(HISTORY, HEAD), "history.csv: it has no epoch"),
    (written(HISTORY, HEAD + "1,2,3,1,1,1\n"), "history.csv: accuracy is not always"),
    (written(HISTORY, HEAD + "nan,1,3,1,1,1\n"), "history.csv: loss is not always"),
    (written(HISTORY, HEAD + "1,1,inf,1,1,1\n"), "history.csv: val_loss is not always"),
    (written(HISTORY, HEAD + "1,1,1,1,1,-1\n"), "history.csv: seconds is not always"),
    (changed_json(OUTCOME, kept_epoch=0), "outcome.json: kept_epoch"),
    (changed_json(OUTCOME, kept_epoch=3), "outcome.json: epoch 3 of 2"),
    (changed_json(OUTCOME, stopped_early=1), "outcome.json: stopped_early"),
    (written(CLASSES, "[]"), "classes.json: List should have at least 1 item"),
    (written(CLASSES, '["a", 3]'), "classes.json: 1: Input should be a valid string"),
    (written(CLASSES, '["a", "b", "c"]'), r"probabilities.npz: .* not float32 \(4 × 3\)"),
    (written(PICTURES, "picture,truth\n"), "pictures.csv: it has no picture"),
    (written(PICTURES, "picture,truth\na,2\n"), "pictures.csv: a class is not one of 0 to 1"),
    (written(PICTURES, "picture,truth\na,-1\n"), "pictures.csv: a class is not one of 0 to 1"),
    (written(PICTURES, "picture,truth\na,1\n"), r"probabilities.npz: .* not float32 \(1 × 2\)"),
    (probabilities(HALVES[:3]), r"probabilities.npz: .* not float32 \(4 × 2\)"),
    (probabilities(HALVES, np.float64), "probabilities.npz: .* is float64"),
    (probabilities([[0.5, 0.6]] * 4), "probabilities.npz: .* do not add up to 1"),
    (probabilities([[1.5, -0.5]] * 4), "probabilities.npz: a probability is not a number"),
    (probabilities([[np.nan, 1]] * 4), "probabilities.npz: a probability is not a number"),
    (written(PROBABILITIES, b"PK\x03\x04"), "probabilities.npz: not arrays in an .npz"),
    (written(PROBABILITIES, encode_npz({})), "probabilities.npz: it holds nothing"),
]
"""What stands in a record's files, and why it is refused."""


@pytest.mark.parametrize(("change", "reason"), WRONG, ids=range(len(WRONG)))
def test_what_no_record_holds_is_refused(
    change: Change, reason: str, make_record: MakeRecord
) -> None:
    """Files with true hashes that hold something else give one reason, which names the file."""
    record = make_record()
    content = encode_record(record)
    change(content)
    with pytest.raises(ValueError, match=reason):
        decode_record(record.id, content)


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ({}, "settings: Field required"),
        ({"settings": {}}, "settings: they name no model"),
        ({"seed": "0"}, "seed: Input should be a valid integer"),
        ({"versions": {"keras": 3}}, "versions.keras: Input should be a valid string"),
    ],
)
def test_an_identity_that_is_none_is_refused_under_its_own_id(
    identity: dict[str, Any], reason: str, make_record: MakeRecord
) -> None:
    """The id may be the hash of anything."""
    whole = {**build_identity(), **identity} if identity else {}
    content = {**encode_record(make_record()), IDENTITY: encode_json(whole)}
    with pytest.raises(ValueError, match=f"identity.json: {reason}"):
        decode_record(run_id(whole), content)


def test_the_id_is_the_hash_of_the_identity(make_record: MakeRecord) -> None:
    """A record under any other id is another run's."""
    record = make_record()
    with pytest.raises(ValueError, match=f"identity.json: it is that of run {record.id}"):
        decode_record("0123456789abcdef", encode_record(record))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FILES = [IDENTITY, CLASSES, OUTCOME, SUMMARY, ENVIRONMENT]


@settings(max_examples=200)
@given(st.sampled_from(FILES), JSON, st.data())
def test_any_json_is_refused_or_harmless(name: str, value: Any, data: st.DataObject) -> None:
    """Whatever stands in the place of a file or of a part of it, there is a reason or a record."""
    record = build_record()
    content = encode_record(record)
    whole = json.loads(content[name])
    if isinstance(whole, dict) and data.draw(st.booleans()):
        whole[data.draw(st.sampled_from(sorted(whole)))] = value
        value = whole
    content[name] = json.dumps(value).encode()
    identity = value if name == IDENTITY else record.identity
    try:
        found = decode_record(run_id(identity), content)
    except ValueError as error:
        # Other classes no longer fit the pictures or their probabilities.
        places = {f"{name}:", *({f"{PICTURES}:", f"{PROBABILITIES}:"} if name == CLASSES else ())}
        assert str(error).split()[0] in places  # noqa: PT017 - a record may be as good
        return
    assert found.seconds >= 0
    assert encode_record(found).keys() == content.keys()
