"""What the files are made from that archives, catalogues and reviewers ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scenes.data.folder import Dataset
from scenes.evidence.contents import SPLITS
from scenes.plan.plan import Plan
from scenes.report.document import Document
from scenes.report.results import Results
from scenes.runs.record import Record
from scenes.spec.text import text_in


@dataclass(frozen=True)
class Sources:
    """What the files are made from.

    Attributes:
        document: That carries them.
        results: Facts and claims that it prints.
        dataset: All of its pictures.
        written_with: Versions of the program and its libraries.
    """

    document: Document
    results: Results
    dataset: Dataset
    written_with: Mapping[str, str]

    @property
    def plan(self) -> Plan:
        """The studies with their runs."""
        return self.document.plan

    @property
    def splits(self) -> list[str]:
        """The splits of the data set, in one order: sets have any, JSON that of letters."""
        return [split for split in SPLITS if split in self.dataset.splits]

    @property
    def records(self) -> list[Record]:
        """The finished runs, each once."""
        found = (run.result for run in self.plan.runs)
        return [one for one in found if isinstance(one, Record)]

    @property
    def title(self) -> str:
        """The title of the report, in its language."""
        return text_in(self.plan.report.title, self.plan.report.language)

    @property
    def date(self) -> str:
        """The day on which the last run was started; the file has no other date of its own."""
        days = sorted(started_at(record) for record in self.records)
        return f"{days[-1]:%Y-%m-%d}" if days else "1980-01-01"


def started_at(record: Record) -> datetime:
    """Return when a run began, in UTC."""
    return datetime.fromisoformat(record.environment["started"]).astimezone(UTC)


def ended_at(record: Record) -> datetime:
    """Return when a run ended."""
    return started_at(record) + timedelta(seconds=record.seconds)
