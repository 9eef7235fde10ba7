"""What a command asked for survives in the evidence, seeds and earlier looks included."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from outcomes import Outcome, plan_of, study_table

from scenes.evidence import pack, rebuilding
from scenes.evidence.layout import encode_json
from scenes.report.document import Document
from scenes.runs.looks import SealedLook

LOOK = SealedLook(
    "s", "val_loss", "last", None, (3, 4), 3, 0.025, "8", ("16",), {"8": ("a",), "16": ("b",)}
)


def asked(max_seeds: int | None, looks: tuple[SealedLook, ...] = ()) -> rebuilding.Asked:
    """Return what a document's evidence says was asked, read back."""
    plan = plan_of([study_table("batch_size", [8, 16])], lambda *_: Outcome(), seeds=(0, 1))
    changed = replace(
        plan,
        report=plan.report.model_copy(update={"max_seeds": max_seeds}),
        studies=tuple(replace(study, earlier=looks) for study in plan.studies),
    )
    nothing: Any = None
    document = Document(changed, nothing, Path(), "d", "scenes report")
    return rebuilding.Asked.model_validate(json.loads(encode_json(pack._request(document))))


@pytest.mark.parametrize("looks", [(), (LOOK,)])
def test_looks_of_other_plans_are_carried(looks: tuple[SealedLook, ...]) -> None:
    """They come back as they were: the document tells of the error that they add."""
    assert asked(2, looks).looks == looks


@pytest.mark.parametrize("most", [None, 2])
def test_a_fixed_number_of_seeds_replaces_looks(most: int | None) -> None:
    """A report that describes looks, and was asked for with a list of seeds, is planned so."""
    plan = plan_of([study_table("batch_size", [8, 16])], lambda *_: Outcome(), seeds=(0, 1))
    described = plan.report.model_copy(update={"max_seeds": 9, "seeds": tuple(range(9))})
    report = rebuilding._changed(described, asked(most))
    assert (report.seeds, report.max_seeds) == ((0, 1), most)
