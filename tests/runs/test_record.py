"""What a run found goes into plain files and comes back from them, to the last bit."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from conftest import MakeRecord, assert_same_record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.runs.record import (
    HISTORY,
    METRICS,
    PREDICTIONS,
    PREVIEW,
    Predictions,
    decode_history,
    decode_record,
    encode_record,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*[st.floats(allow_nan=False)] * 4), max_size=5),
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
    ),
    st.none() | st.binary(),
)
def test_every_number_and_name_comes_back(
    make_record: MakeRecord,
    epochs: list[tuple[float, ...]],
    names: list[str],
    preview: bytes | None,
) -> None:
    """Histories are exact to the last bit; pictures may have any name."""
    columns = [list(column) for column in zip(*epochs, strict=True)] or [[]] * 4
    classes, likely = np.arange(len(names), dtype=np.int64), np.linspace(0, 1, len(names))
    predictions = Predictions(tuple(names), classes, classes, likely, likely)
    history = dict(zip(METRICS, columns, strict=True))
    record = replace(make_record(), predictions=predictions, history=history, preview=preview)
    content = encode_record(record)
    assert (PREVIEW in content) == (preview is not None)
    again = decode_record(record.id, content)
    assert_same_record(again, record)
    assert again.preview == preview


@pytest.mark.parametrize("name", ["environment.json", HISTORY, PREDICTIONS])
def test_a_missing_file_is_named(name: str, make_record: MakeRecord) -> None:
    """Files that are no record are refused by name."""
    content = {key: data for key, data in encode_record(make_record()).items() if key != name}
    with pytest.raises(ValueError, match=f"{name} missing"):
        decode_record("x", content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "has the columns loss, accuracy"),
        (b"loss\n", "has the columns loss, accuracy"),
        (b"\xff", "codec can't decode"),
        (b"loss,accuracy,val_loss,val_accuracy\n1", "shorter"),
        (b"loss,accuracy,val_loss,val_accuracy\n1,2,3,x", "could not convert"),
    ],
)
def test_another_history_is_refused(text: bytes, reason: str) -> None:
    """A file with other columns, too few values or no numbers is no history."""
    with pytest.raises(ValueError, match=reason):
        decode_history(text)


def test_files_are_for_people(make_record: MakeRecord) -> None:
    """The history is a table with a head, the predictions one row per picture."""
    content = encode_record(make_record())
    assert next(csv.reader(io.StringIO(content[HISTORY].decode()))) == list(METRICS)
    rows = content[PREDICTIONS].decode().splitlines()
    assert rows[0] == "picture,truth,predicted,confidence,truth_probability"
    assert rows[1] == "val/0.png,0,0,0.7,0.7"
