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
from scenes.spec.loader import with_choices_by_rule

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


def test_seeds_of_a_study_and_the_rules_choices_are_carried() -> None:
    """The report is planned as it was asked for, whatever its description says."""
    choose = {"by": "val_loss", "value": 16, "because": "it is cheap"}
    table = {**study_table("batch_size", [8, 16]), "choose": choose}
    plan = plan_of([table], lambda *_: Outcome(), seeds=(0, 1))
    own = plan.report.studies[0].model_copy(update={"value_seeds": {"16": (7,)}})
    wanted = with_choices_by_rule(plan.report.model_copy(update={"studies": (own,)}))
    nothing: Any = None
    document = Document(replace(plan, report=wanted), nothing, Path(), "d", "scenes report")
    found = rebuilding.Asked.model_validate(json.loads(encode_json(pack._request(document))))
    assert rebuilding._changed(plan.report, found) == wanted
