"""Changes between two documents are sorted by what can be said of them."""

import html
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from conftest import Command
from factories import VERSIONS
from pydantic import TypeAdapter
from written import SHORT, WrittenReport, make_folder, open_folder, train_by_hand

from scenes.cli.diff_command import _lines
from scenes.evidence.diff import Change, compare
from scenes.evidence.diff_page import render_page, save_page
from scenes.evidence.sentences import Sentence
from scenes.evidence.summary import Judgement, MeasuredValue, Summary

SETTINGS = {"model": "tutorial", "epochs": 3, "learning_rate": 0.1, "image_size": 16}
IDENTITY = {
    "settings": SETTINGS, "data": "d", "code": {"scenes.training.loop.train": "1"},
    "weights": None, "versions": VERSIONS,
}  # fmt: skip
NOISE = (0.0, 0.004, -0.003, 0.002, -0.005, 0.001, 0.003, -0.002)
"""What each seed adds to a figure."""


def value(
    key: str = "8",
    loss: float = 0.5,
    seeds: tuple[int, ...] = (0, 1, 2),
    *,
    study: str = "batch",
    digits: float = 0.0,
    measures: tuple[str, ...] = ("val_loss",),
    **changed: Any,
) -> MeasuredValue:
    """Return a value with a figure of each seed.

    Args:
        key: Of the value.
        loss: Without noise.
        seeds: Of its runs.
        study: Of which it is one.
        digits: Added to each figure without another id, as other hardware does.
        measures: That were taken; all have the same figures.
        changed: Parts of the identity.
    """
    identity = {**IDENTITY, **changed}
    name = f"{study}.{key}.{json.dumps(identity, sort_keys=True)}"
    figures = {f"{name}.{seed}": loss + NOISE[seed % 8] + digits * seed for seed in seeds}
    identities = (identity,) if seeds else ()
    return MeasuredValue(study, key, {it: dict(figures) for it in measures}, identities)


def document(*values: MeasuredValue, **changed: Any) -> Summary:
    """Return a document with these values; without any, with the usual one."""
    whole = Summary(
        name="a", profile=None, language="en", seeds=(0, 1, 2),
        measured=values or (value(),), claims={}, choices={},
    )  # fmt: skip
    return replace(whole, **changed)


def claim(status: str, study: str = "batch") -> dict[str, Judgement]:
    """Return the verdict on one claim."""
    return {"better(8)": Judgement(study, status, "by 0.1")}


def other(**changed: Any) -> Summary:
    """Return a document whose only value has better figures, and another identity."""
    return document(value(loss=0.1, **changed))


def settings(**changed: Any) -> Summary:
    """Return a document of other settings, whose figures are better."""
    return other(settings={**SETTINGS, **changed})


def versions(**changed: str) -> Summary:
    """Return a document of other libraries, whose figures are better."""
    return other(versions={**VERSIONS, **changed})


NUMBER, VERDICT, CHOICE = "batch.8.val_loss", "claim better(8)", "choice of batch"
USUAL, ONE = document(), document(value(seeds=(0,)))
JUDGED = document(claims=claim("supported"), choices={"batch": "8"})
MIXED = replace(value(), identities=(IDENTITY, {**IDENTITY, "data": "e"}))

KNOWN: dict[str, tuple[Summary, Summary, str, str, str]] = {
    # name: before, after, what, its state, what the reason holds
    "nothing": (USUAL, document(), NUMBER, "same", "the same runs"),
    "another name": (USUAL, document(name="b"), NUMBER, "same", "the same runs"),
    "one seed, the same": (ONE, ONE, NUMBER, "same", "the same runs"),
    "runs in another order": (USUAL, document(value(seeds=(2, 0, 1))), NUMBER, "same", "same runs"),
    "other seeds, equal mean": (
        document(value(seeds=(0,))), document(value(seeds=(8,))), NUMBER, "same", "same value"),
    "a seed more": (USUAL, document(value(seeds=(0, 1, 2, 3))), NUMBER, "within noise", "3 of 3"),
    "a seed less": (USUAL, document(value(seeds=(0, 1))), NUMBER, "within noise", "2 of 3 and 2"),
    "one seed of three": (ONE, USUAL, NUMBER, "within noise", "1 of 1 and 3 shared"),
    "other seeds": (USUAL, document(value(seeds=(3, 4, 5))), NUMBER, "within noise", "0 of 3"),
    "some other seeds": (USUAL, document(value(seeds=(1, 2, 3))), NUMBER, "within noise", "2 of 3"),
    "a little lower": (
        USUAL, document(value(loss=0.499, seeds=(3, 4, 5))), NUMBER, "within noise", "p = "),
    "other hardware": (USUAL, document(value(digits=1e-6)), NUMBER, "within noise", "again"),
    "much lower": (USUAL, document(value(loss=0.1, seeds=(3, 4, 5))), NUMBER, "beyond noise", "p"),
    "much higher": (USUAL, document(value(loss=3, seeds=(3, 4, 5))), NUMBER, "beyond noise", "p"),
    "the same runs, much lower": (
        USUAL, document(replace(value(), measures={"val_loss": {
            it: figure - 0.4 for it, figure in value().measures["val_loss"].items()}})),
        NUMBER, "beyond noise", "trained again"),
    "one seed against three, far off": (
        document(value(loss=2, seeds=(7,))), USUAL, NUMBER, "beyond noise", "0 of 1 and 3"),
    "one seed against another": (
        ONE, document(value(loss=0.1, seeds=(1,))), NUMBER, "not comparable", "too few seeds"),
    "one seed of two": (
        ONE, document(value(seeds=(0, 1))), NUMBER, "not comparable", "too few seeds"),
    "one seed trained again": (
        document(value(seeds=(1,))), document(value(seeds=(1,), digits=0.3)), NUMBER,
        "not comparable", "too few seeds"),
    "epochs": (USUAL, settings(epochs=25), NUMBER, "not comparable", "epochs 3 → 25"),
    "learning rate": (USUAL, settings(learning_rate=0.2), NUMBER, "not comparable", "0.1 → 0.2"),
    "image size": (USUAL, settings(image_size=32), NUMBER, "not comparable", "image_size 16 → 32"),
    "model": (USUAL, settings(model="VGG16"), NUMBER, "not comparable", "tutorial → VGG16"),
    "a setting more": (USUAL, settings(dropout=0.5), NUMBER, "not comparable", "unset → 0.5"),
    "two settings": (
        USUAL, settings(epochs=5, image_size=8), NUMBER, "not comparable", "epochs 3 → 5; image"),
    "pictures": (USUAL, other(data="e"), NUMBER, "not comparable", "other pictures"),
    "code": (
        USUAL, other(code={"scenes.training.loop.train": "2"}), NUMBER, "not comparable",
        "code: scenes.training.loop.train"),
    "code that is new": (
        USUAL, other(code={**IDENTITY["code"], "mine.model": "1"}), NUMBER, "not comparable",
        "code: mine.model"),
    "weights": (USUAL, other(weights="imagenet"), NUMBER, "not comparable", "weights unset → imag"),
    "TensorFlow": (USUAL, versions(tensorflow="2.22.0"), NUMBER, "not comparable", "tensorflow 2."),
    "Keras": (USUAL, versions(keras="3.16.0"), NUMBER, "not comparable", "keras 3.15.1 → 3.16.0"),
    "NumPy": (USUAL, versions(numpy="3.0"), NUMBER, "not comparable", "numpy"),
    "Pillow": (USUAL, versions(pillow="13.0"), NUMBER, "not comparable", "pillow"),
    "pictures and code": (
        USUAL, other(data="e", code={}), NUMBER, "not comparable", "other pictures; code"),
    "many things": (
        USUAL, settings(epochs=1, image_size=1, dropout=1, model="x", a=1), NUMBER,
        "not comparable", "and 1 more"),
    "a study within itself": (USUAL, document(MIXED), NUMBER, "not comparable", "more than seeds"),
    "a value more": (USUAL, document(value(), value("16")), "batch.16.val_loss", "not comparable",
                     "only the second"),
    "a value less": (document(value(), value("16")), USUAL, "batch.16.val_loss", "not comparable",
                     "only the first"),
    "a study renamed": (USUAL, document(value(study="size")), NUMBER, "not comparable",
                        "only the first"),
    "every run failed": (USUAL, document(value(seeds=())), NUMBER, "not comparable", "no finished"),
    "trained since": (document(value(seeds=())), USUAL, NUMBER, "not comparable", "no finished"),
    "one run failed": (USUAL, document(value(seeds=(0, 2))), NUMBER, "within noise", "2 of 3"),
    "the verdict stays": (JUDGED, JUDGED, VERDICT, "same", ""),
    "contradicted now": (
        JUDGED, document(claims=claim("contradicted")), VERDICT, "flipped", ""),
    "undecided now": (JUDGED, document(claims=claim("inconclusive")), VERDICT, "flipped", ""),
    "equal now": (JUDGED, document(claims=claim("equal")), VERDICT, "flipped", ""),
    "flipped on other pictures": (
        JUDGED, replace(other(data="e"), claims=claim("contradicted")), VERDICT, "flipped",
        "not of the same: other pictures"),
    "a claim more": (USUAL, JUDGED, VERDICT, "not comparable", "only one of them"),
    "a claim less": (JUDGED, USUAL, VERDICT, "not comparable", "only one of them"),
    "another choice": (JUDGED, document(choices={"batch": "16"}), CHOICE, "flipped", ""),
    "another choice of other settings": (
        JUDGED, replace(settings(epochs=9), choices={"batch": "16"}), CHOICE, "flipped",
        "epochs 3 → 9"),
    "the same choice": (JUDGED, JUDGED, CHOICE, "same", ""),
    "no choice any more": (JUDGED, USUAL, CHOICE, "not comparable", "only one of them"),
}  # fmt: skip


def found(before: Summary, after: Summary, what: str) -> Change:
    """Return how something stands in two documents."""
    (one,) = [it for it in compare(before, after).changes if it.what.startswith(what)]
    return one


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_change_is_sorted_rightly(name: str) -> None:
    """Each of more than fifty, and in the same way when the documents are swapped."""
    before, after, what, state, said = KNOWN[name]
    one = found(before, after, what)
    assert one.state == state
    assert said in one.reason
    assert found(after, before, what).state == state


def test_there_are_fifty_known_changes() -> None:
    """Of every state there are some."""
    assert len(KNOWN) >= 50
    assert {state for *_, state, _ in KNOWN.values()} == {
        "same", "within noise", "beyond noise", "not comparable", "flipped"}  # fmt: skip


def test_nothing_says_better_or_worse() -> None:
    """What differs in more than seeds is not judged, however far it moved."""
    for before, after, *_ in KNOWN.values():
        for one in compare(before, after).changes:
            assert "worse" not in one.reason
            assert one.state != "not comparable" or one.reason


def test_many_numbers_share_one_error() -> None:
    """A move that stands out by itself may be one of many that chance brings."""
    alone = value(loss=0.492, seeds=(3, 4, 5))
    assert found(USUAL, document(alone), NUMBER).state == "beyond noise"
    many = [str(number) for number in range(100, 160)]
    first = document(value(), *(value(key) for key in many))
    second = document(alone, *(value(key, seeds=(3, 4, 5)) for key in many))
    one = found(first, second, NUMBER)
    assert one.state == "within noise"
    assert "among 61 numbers" in one.reason


def test_shared_runs_are_listed() -> None:
    """By their ids, each once."""
    twice = document(value(measures=("val_loss", "gap")))
    assert len(compare(twice, twice).shared_runs) == 3
    assert compare(USUAL, document(value(seeds=(3, 4)))).shared_runs == ()


def test_documents_of_two_languages_share_no_sentences() -> None:
    """Their numbers are compared, and a note says why their sentences are not."""
    text = (Sentence("It rains.", 1),)
    first, second = document(sentences=text), document(sentences=(), language="es")
    changed = replace(second, sentences=(Sentence("Llueve.", 1),))
    difference = compare(first, changed)
    assert difference.sentences == ()
    assert "languages differ (en, es)" in difference.notes[0]
    assert found(first, changed, NUMBER).state == "same"


def test_the_page_marks_words_and_obeys_none() -> None:
    """What was written is shown as text; words that differ are marked, each on its side."""
    first = document(sentences=(Sentence("The <b>rate</b> of 8 wins here.", 2),))
    second = replace(JUDGED, sentences=(Sentence("The <b>rate</b> of 16 loses here.", 3),))
    page = render_page(compare(first, second), names=("<script>a", "b"))
    assert "<del>8 wins</del> <ins>16 loses</ins>" in page
    assert "&lt;b&gt;rate&lt;/b&gt;" in page
    assert "page 2 → page 3" in page
    assert "<script>a" not in page
    assert "only one of them has it" in page


def test_no_name_and_no_text_ends_a_comparison(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, half a character, what turns a line round or colours a terminal."""
    hostile = "\ud800 \udcff \x1b[31m \u202e \n"
    first = document(sentences=(Sentence(f"Eight {hostile} wins.", 2),))
    found = compare(first, replace(JUDGED, sentences=(Sentence("Sixteen wins.", 3),)))
    change = Change(f"claim {hostile}", "flipped", "a", "b", hostile)
    found = replace(found, changes=(*found.changes, change))
    save_page(tmp_path / "d.html", found, names=(hostile, "b"))
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert not {"\u202e", "\x1b"} & set(page)
    assert r"claim \ud800 \xff \x1b[31m \u202e" in page
    lines = _lines(found, (hostile, "b"))
    assert not [it for it in lines if "\n" in it]
    assert lines[0].startswith("before: \ud800")


def test_the_page_and_the_data_say_the_same(tmp_path: Path, command: Command) -> None:
    """Which documents, each change with its reason, each note, the runs they share."""
    files = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    first = document(value(), value("16", 0.7), claims=claim("supported"))
    second = replace(JUDGED, language="es", choices={"batch": "16"})
    for path, one in zip(files, (first, second), strict=True):
        path.write_bytes(json.dumps(asdict(one)).encode())

    def read(path: Path, **_: object) -> Summary:
        return TypeAdapter(Summary).validate_json(path.read_bytes())

    with patch("scenes.evidence.diff.read_summary", read):
        code, output, _ = command("diff", *files, "--json", "--html", tmp_path / "d.html")
    told, page = json.loads(output), html.unescape((tmp_path / "d.html").read_text("utf-8"))
    assert code == 0
    assert [told["before"], told["after"]] == list(map(str, files))
    assert len(told["changes"]) > 2
    assert told["notes"]
    said = [told["before"], told["after"], *told["notes"]]
    said += [one[it] for one in told["changes"] for it in ("what", "before", "after", "reason")]
    assert [it for it in said if it not in page] == []
    assert f"<strong>{len(told['shared_runs'])}</strong> runs on which both" in page


def test_a_page_is_not_written_over_a_document(short: WrittenReport, command: Command) -> None:
    """Whether it is named itself or by its folder."""
    data = short.pdf.read_bytes()
    for before in (short.pdf, short.folder):
        code, _, errors = command("diff", before, short.pdf, "--html", short.pdf)
        assert (code, "is one of the files to be read" in errors) == (2, True)
    assert short.pdf.read_bytes() == data


def test_a_document_is_the_same_as_itself(short: WrittenReport, command: Command) -> None:
    """As a PDF, and as the folder that holds it."""
    code, output, _ = command("diff", short.pdf, short.folder, "--json")
    told = json.loads(output)
    assert code == 0
    assert {one["state"] for one in told["changes"]} == {"same"}
    assert len(told["shared_runs"]) == 4
    assert told["sentences"] == []


def test_a_document_is_compared_with_what_is_recorded_since(
    tmp_path_factory: pytest.TempPathFactory, short: WrittenReport, command: Command
) -> None:
    """A folder that trained another seed: its numbers moved within noise, its choice stays."""
    folder = make_folder(tmp_path_factory.mktemp("since"))
    (folder / "own.html").write_text(SHORT, encoding="utf-8")
    path = folder / "report.toml"
    text = path.read_text(encoding="utf-8").replace("seeds = [0, 1]", "seeds = [0, 1, 2]")
    path.write_text(text, encoding="utf-8")
    train_by_hand(open_folder(folder))
    (folder / "out").mkdir()
    (folder / "out" / "mine-full.pdf").write_bytes(short.pdf.read_bytes())
    code, output, _ = command("diff", folder, "--html", folder / "d.html", "--json")
    assert code == 0
    states = {one["what"]: one["state"] for one in json.loads(output)["changes"]}
    assert states["rate.0.1.val_loss"] == "within noise"
    assert states["choice of rate"] == "same"
    assert len(json.loads(output)["shared_runs"]) == 4
    assert "moved within noise" in (folder / "d.html").read_text(encoding="utf-8")


def too_long(report: WrittenReport) -> Path:
    """Return a link to a name that no file system has."""
    path = report.folder.parent / "too long.pdf"
    path.unlink(missing_ok=True)
    path.symlink_to("x" * 300)
    return path


WRONG: dict[str, tuple[Callable[[WrittenReport], list[object]], str]] = {
    "no evidence": (lambda it: [it.pdf, it.folder / "report.toml"], "it cannot be compared"),
    "no file": (lambda it: [it.pdf, it.folder / "none.pdf"], "there is no file here"),
    "no document": (lambda it: [it.folder.parent], "no document was written here"),
    "a link to nowhere": (lambda it: [it.pdf, too_long(it)], "there is no file here"),
    "one link to nowhere": (lambda it: [too_long(it)], "name a second document"),
    "one PDF": (lambda it: [it.pdf], "name a second document"),
    "options of no use": (lambda it: [it.pdf, it.pdf, "--profile", "full"], "without AFTER"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_compared_is_a_mistake(
    name: str, short: WrittenReport, command: Command
) -> None:
    """Of the user, in a line."""
    words, said = WRONG[name]
    code, _, errors = command("diff", *words(short))
    assert code == 2
    assert said in errors
