"""What archives, catalogues and reviewers read follows from the records, and says what is open."""

import csv
import io
import json
from typing import Any

import pytest
from tamperings import read_files
from written import WrittenReport

from scenes.evidence import layout
from scenes.evidence.cards import OPEN
from scenes.evidence.crate import PROFILE
from scenes.evidence.layout import names_of
from scenes.runs.record import Record


@pytest.fixture(scope="module")
def files(report: WrittenReport) -> dict[str, bytes]:
    """Return what the PDF of a report of four runs carries."""
    return read_files(report.pdf.read_bytes())


@pytest.fixture(scope="module")
def graph(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return the entities of its crate, by id."""
    told = json.loads(files[layout.CRATE])
    found = {one["@id"]: one for one in told["@graph"]}
    assert len(found) == len(told["@graph"])
    return found


def references(value: Any) -> set[str]:
    """Return the ids to which an entity refers."""
    if isinstance(value, list):
        return {name for one in value for name in references(one)}
    if isinstance(value, dict) and set(value) == {"@id"}:
        return {value["@id"]}
    return set()


def test_the_crate_describes_every_file_and_refers_to_nothing_else(
    files: dict[str, bytes], graph: dict[str, dict[str, Any]]
) -> None:
    """Sizes and hashes are those of the attachments; only specifications lie outside of it."""
    parts = references(graph["./"]["hasPart"])
    assert parts == set(files) - {layout.CRATE}
    for name in parts - {layout.MANIFEST}:
        assert graph[name]["sha256"] == layout.digest(files[name])
        assert graph[name]["contentSize"] == str(len(files[name]))
    found = {it for one in graph.values() for value in one.values() for it in references(value)}
    assert found - graph.keys() == {"https://w3id.org/ro/crate/1.1"}


def test_the_crate_keeps_the_rules_of_its_profile(
    report: WrittenReport, graph: dict[str, dict[str, Any]]
) -> None:
    """Each run is an action: an instrument that is a program, objects, results, times in order."""
    assert references(graph["./"]["conformsTo"]) == {PROFILE}
    actions = [one for one in graph.values() if one["@type"] == "CreateAction"]
    assert {one["@id"] for one in actions} == references(graph["./"]["mentions"])
    assert {f"#run-{run.id}" for run in report.runs} < {one["@id"] for one in actions}
    for one in actions:
        assert graph[one["instrument"]["@id"]]["@type"] == "SoftwareApplication"
        assert {graph[name]["@type"] for name in references(one["object"])} == {"File"}
        assert {graph[name]["@type"] for name in references(one["result"])} == {"File"}
        assert one.get("startTime", "") <= one.get("endTime", "")


def test_the_list_of_pictures_is_that_of_the_data_set(files: dict[str, bytes]) -> None:
    """Each field of the Croissant file is a column of it."""
    rows = list(csv.DictReader(io.StringIO(files[layout.LIST].decode())))
    assert len(rows) == 12 + 8
    assert {row["class"] for row in rows} == {"green", "red"}
    told = json.loads(files[layout.CROISSANT])
    columns = [one["source"]["extract"]["column"] for one in told["recordSet"][0]["field"]]
    assert columns == list(rows[0])
    assert told["distribution"][0]["sha256"] == layout.digest(files[layout.LIST])


def test_the_cards_answer_from_facts_and_leave_the_rest_to_the_authors(
    report: WrittenReport, files: dict[str, bytes]
) -> None:
    """Numbers are those of the runs; licences, harm and use are not guessed."""
    card, checklist = files[layout.MODEL_CARD].decode(), files[layout.CHECKLIST].decode()
    higher = [run.result for run in report.runs if run.settings.learning_rate > 0.05]
    losses = [one.final("val_loss") for one in higher if isinstance(one, Record)]
    assert f"- val_loss: {sum(losses) / 2:.4f} ±" in card
    assert "(standard deviation over seeds), 2 runs" in card
    assert "pictures: 2 classes; 12 train, 8 val" in checklist
    assert "4 runs finished, 0 failed" in checklist
    rows = [line for line in checklist.splitlines() if line.startswith("|")][2:]
    assert all(row.count("|") == 4 for row in rows)
    left_open = [row for row in rows if OPEN in row]
    assert len(left_open) == 3
    assert card.count(OPEN) == 3


def test_how_to_cite_it_is_yaml_whatever_the_title_is(files: dict[str, bytes]) -> None:
    """Texts are written as JSON, which YAML reads."""
    lines = files[layout.CITATION].decode().splitlines()
    told = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(" "))
    assert json.loads(told["title"]) == "Two rates"
    names = [json.loads(line.split(": ")[1]) for line in lines if "- name" in line]
    assert names == ["Ana Ruiz", "Bo Li"]


def test_older_packs_have_fewer_files() -> None:
    """By number of format; both are read."""
    assert set(names_of(1)) == {layout.MANIFEST, *layout.SOURCES}
    assert set(names_of(2)) == set(layout.TEXTS) == set(layout.ATTACHMENTS)
