"""A PDF carries everything that it takes to check it."""

import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from factories import assert_same_record, build_record
from PIL import Image
from rich.console import Console
from written import WrittenReport, open_folder, write

from scenes.evidence import layout
from scenes.evidence.layout import EvidenceError, open_zip
from scenes.evidence.pack import Given, _png, _records, size_note
from scenes.evidence.unpacking import _records as unpack_records
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.record import Record
from scenes.runs.record_files import decode_record
from scenes.runs.sealed import check_sealed
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Study


def attached(pdf: bytes) -> dict[str, bytes]:
    """Return the attachments of a PDF."""
    found = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    assert all(len(versions) == 1 for versions in found.values())
    return {name: versions[0] for name, versions in found.items()}


@pytest.fixture(scope="module")
def files(report: WrittenReport) -> dict[str, bytes]:
    """Return what the PDF of the report carries."""
    return attached(report.pdf.read_bytes())


def test_the_manifest_names_each_file_with_its_hash(files: dict[str, bytes]) -> None:
    """It has the format's number, and no other file is attached."""
    manifest = json.loads(files[layout.MANIFEST])
    others = {name: data for name, data in files.items() if name != layout.MANIFEST}
    assert (manifest["format"], manifest["files"]) == (2, layout.hashes(others))
    assert set(files) == set(layout.ATTACHMENTS)


def test_every_run_is_attached_whole(report: WrittenReport, files: dict[str, bytes]) -> None:
    """A record that is read back from the PDF is the one in the store."""
    members = open_zip("records", files[layout.RECORDS])
    for run in report.runs:
        own = {
            name.partition("/")[2]: data
            for name, data in members.items()
            if name.startswith(f"{run.id}/")
        }
        content = check_sealed(own, kind="run", run_id=run.id)
        assert isinstance(run.result, Record)
        assert_same_record(run.result, decode_record(run.id, content))


def test_description_templates_and_pictures_are_attached(
    report: WrittenReport, files: dict[str, bytes]
) -> None:
    """As they were read; of the pictures their hashes, and the bitmaps that are printed."""
    description = open_zip("description", files[layout.DESCRIPTION])
    assert description["report.toml"] == (report.folder / "report.toml").read_bytes()
    assert description["own/own plan.png"] == (report.folder / "own plan.png").read_bytes()
    assert description["own/own.html"] == (report.folder / "own.html").read_bytes()
    assert {"shipped/lab_report.html", "shipped/locale/en.toml"} < set(description)
    pictures = open_zip("pictures", files[layout.PICTURES])
    assert len(json.loads(pictures[layout.DATASET])["splits"]["train"]) == 12
    keys = json.loads(pictures[layout.BITMAPS])
    assert ["train/green/0.png", 160, "fitted"] in keys
    assert len(keys) == len(pictures) - 2


def test_numbers_and_claims_are_listed_with_their_runs(
    report: WrittenReport, files: dict[str, bytes]
) -> None:
    """Each printed number names its runs, each claim its place and its verdict."""
    results = json.loads(files[layout.RESULTS])
    facts = {fact["name"]: fact for fact in results["facts"]}
    of_value = [run.id[:8] for run in report.runs if run.settings.learning_rate == 0.1]
    assert facts["rate.0.1.val_loss"]["runs"] == of_value
    assert {"template", "line", "status", "reason"} < set(results["claims"][0])
    assert any(claim["template"] == "own.html" for claim in results["claims"])


def test_each_attachment_is_associated_once(report: WrittenReport) -> None:
    """The catalogue lists a file one time, with what it is to the document."""
    reader = pypdf.PdfReader(report.pdf)
    listed = [item.get_object() for item in reader.trailer["/Root"]["/AF"]]
    assert sorted(one["/UF"] for one in listed) == sorted(layout.ATTACHMENTS)
    assert {one["/AFRelationship"] for one in listed} == {"/Data", "/Source", "/Supplement"}


@pytest.mark.parametrize("profile", ["3a", "ua1"])
def test_a_pdf_with_evidence_is_still_conformant(profile: str, report: WrittenReport) -> None:
    """It is the PDF/A-3a and PDF/UA-1 that it claims to be."""
    page_validation = pytest.importorskip("page")
    found = page_validation.validate_pdf_bytes(report.pdf.read_bytes(), profile=profile)
    # A compressed stream that happens to end in a line end is taken for one of a wrong length.
    assert [one for one in found.failures if "STREAM-LENGTH" not in one.rule_id] == []


def test_the_page_links_the_same_files(report: WrittenReport, files: dict[str, bytes]) -> None:
    """Beside the HTML lies one file with what the PDF carries, and the HTML names it."""
    beside = report.pdf.with_suffix(".evidence.zip")
    assert open_zip("beside", beside.read_bytes()) == files
    page = report.pdf.with_suffix(".html").read_text(encoding="utf-8")
    assert f'<a href="{beside.name}" download>' in page
    assert "scenes verify" in page


def test_the_same_report_has_the_same_bytes(report: WrittenReport, tmp_path: Path) -> None:
    """Written with nothing kept and again, not a byte differs; without bitmaps it has none."""
    shutil.rmtree(open_folder(report.folder).store.cache)
    opened = open_folder(report.folder)
    plan = opened.plan(opened.report)
    before = write(opened, plan, Console(quiet=True)).pdf.read_bytes()
    assert write(opened, plan, Console(quiet=True)).pdf.read_bytes() == before
    less = replace(opened, request=replace(opened.request, leave_out=("bitmaps",)))
    files = attached(write(less, plan, Console(quiet=True)).pdf.read_bytes())
    assert json.loads(open_zip("p", files[layout.PICTURES])[layout.BITMAPS]) == []
    assert json.loads(files[layout.MANIFEST])["left_out"] == ["bitmaps"]
    report.pdf.write_bytes(before)


def archive(*names: str) -> bytes:
    """Return a ZIP file with some members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK", "no archive"),
        (archive("a")[:-10], "no archive"),
        (archive("../a"), "outside"),
        (archive("/etc/a"), "outside"),
        (archive("a/../../b"), "outside"),
    ],
)
def test_an_archive_that_is_none_is_refused(data: bytes, said: str) -> None:
    """Damaged ones, and ones that would write elsewhere."""
    with pytest.raises(EvidenceError, match=said):
        open_zip("x", data)


def test_a_member_that_stands_twice_is_refused() -> None:
    """Readers would disagree on which of the two counts."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive("a", "a")
    with pytest.raises(EvidenceError, match="holds a twice"):
        open_zip("x", data)


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is unpacked."""
    monkeypatch.setattr(layout, "LARGEST", 1)
    with pytest.raises(EvidenceError, match="more than evidence does"):
        open_zip("x", archive("a", "b"))


def test_previews_that_no_page_shows_are_left_out() -> None:
    """Of each value the first run's is shown; the other's record is read all the same."""
    preview = _png(Image.new("RGB", (192, 96)))
    runs = []
    for seed in (0, 1):
        record = replace(build_record(seed=seed), preview=preview)
        settings = Settings()
        runs.append(Run(record.id, settings, seed, record.identity, record))
    study = Study.model_construct(name="s")
    trials = (Trial("a", "a", settings, tuple(runs)),)
    plan = Plan(Report.model_construct(), (StudyPlan(study, trials, (), None),))
    no_pictures: Any = None
    for left_out, shown in (((), 1), (("bitmaps",), 0)):
        members = dict(_records(plan, Given("", no_pictures, left_out)))
        kept = [name for name in members if name.endswith("preview.png")]
        assert kept == [f"{run.id}/preview.png" for run in runs[:shown]]
        records, _ = unpack_records(members)
        assert records[runs[0].id].preview == preview or not shown
        assert records[runs[1].id].preview != preview
        assert len(records[runs[1].id].preview or b"") > 0


def test_a_large_pack_says_what_makes_it_large(tmp_path: Path) -> None:
    """By file, the largest first, with what takes less and what that costs."""
    sizes = {layout.RECORDS: 12_000_000, layout.PICTURES: 4_000_000, layout.DESCRIPTION: 10}
    bundle = tmp_path / "a.zip"
    for added, note in ((0, True), (-2_000_000, False)):
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, size in {**sizes, layout.RESULTS: 10}.items():
                archive.writestr(name, bytes(max(10, size + added)))
        said = size_note(bundle)
        assert ("16 MB: records.zip 12 MB, pictures.zip 4.0 MB" in said) == note
        assert ("--leave-out bitmaps" in said) == note
