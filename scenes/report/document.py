"""What a document is made from."""

from dataclasses import dataclass
from pathlib import Path

from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.report.markup.cited import Citations
from scenes.runs.openings import Opening
from scenes.spec.entries import Origin


@dataclass(frozen=True)
class Document:
    """What is written.

    Attributes:
        plan: Every run of it has a result.
        dataset: The pictures that the runs take.
        folder: Of the report; its own templates and bibliography are there.
        name: Of the files, without ending.
        command: The command that makes this document.
        profile: How much of the report's studies was carried out; None for all of it.
        is_reduced: Whether the profile takes fewer epochs or pictures than the report describes.
        description: A hash of the report.toml from which it is written.
        asked: Hashes of the descriptions by which its runs were asked for.
        openings: Of the test set, the earliest first.
        cache: The folder that keeps figures and templates from one writing to the next.
        components: Where those are read that are not built in.
        citations: By author and year, once it is known what the document cites.
    """

    plan: Plan
    dataset: Dataset
    folder: Path
    name: str
    command: str
    profile: str | None = None
    is_reduced: bool = False
    description: str = ""
    asked: tuple[str, ...] = ()
    openings: tuple[Opening, ...] = ()
    cache: Path | None = None
    components: Origin | None = None
    citations: Citations | None = None
    commit: str | None = None
    """Of the report's folder; None asks git for it."""
    carries_evidence: bool = False
    """Whether the PDF carries what it takes to check it, so that the text says how."""

    @property
    def figure_cache(self) -> Path | None:
        """The folder that keeps figures, or None."""
        return self.cache / "figures" if self.cache else None

    @property
    def font_cache(self) -> Path | None:
        """The folder that keeps fonts as they were cut down for a page, or None."""
        return self.cache / "fonts" if self.cache else None
