"""Which claims a report makes: a document in, each claim of its templates with its verdict out.

Nothing is drawn and no file is written. The mutation check renders the document on other results
than those recorded (`scenes.claims.perturbation`) and watches which verdicts change: a claim that
no results change is no claim about them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenes.claims.opening_worlds import open_anew, opening_worlds
from scenes.claims.perturbation import perturb, perturbations
from scenes.claims.predicates import Verdict
from scenes.errors import RenderError
from scenes.report.document import Document
from scenes.report.markup.claim_tag import ClaimLog, Judged, taking_down
from scenes.report.markup.templates import open_templates
from scenes.report.rendering import render_document

ClaimSite = tuple[str, int, str, str, int]
"""File, line, study, name, and which of the claims of that name that are judged there."""

RECORDED = "as recorded"


@dataclass
class Tested:
    """A claim in one place of the text, under the recorded results and under others.

    Attributes:
        claim: As recorded; as it is first reached where the recorded results do not lead there.
        found: What was found, by the name of the perturbation.
    """

    claim: Judged
    found: dict[str, Judged] = field(default_factory=dict)

    @property
    def moved_by(self) -> str | None:
        """The first perturbation under which the text takes another branch; None without one."""
        first = self.claim.verdict.status
        return next(
            (name for name, other in self.found.items() if other.verdict.status != first), None
        )


@dataclass(frozen=True)
class Mutations:
    """What a mutation check found.

    Attributes:
        tested: Every claim that was reached.
        unreached: File and line of the claims that no results led to.
        broken: Why the template could not be filled, by the name of the perturbation.
        names: Of all perturbations.
    """

    tested: tuple[Tested, ...]
    unreached: tuple[tuple[str, int], ...]
    broken: Mapping[str, str]
    names: tuple[str, ...]

    @property
    def unmoved(self) -> tuple[Tested, ...]:
        """The claims whose verdict nothing changes."""
        return tuple(item for item in self.tested if item.moved_by is None)

    @property
    def is_passed(self) -> bool:
        """Return whether every claim was reached and moved, and every text could be written."""
        return not (self.unmoved or self.unreached or self.broken)


def judge_claims(document: Document) -> list[Judged]:
    """Return the claims of a document in the order of its text, each once.

    Raises:
        RenderError: The template asks for what does not exist.
    """
    log = ClaimLog()
    templates = open_templates(document.folder, log=log)
    with taking_down(log):
        render_document(document, templates=templates, is_drawn=False, is_final=False)
    return list(_places(log.judged).values())


def mutate_claims(document: Document) -> Mutations:
    """Return which claims of a document move where its results are perturbed."""
    log = ClaimLog()
    templates = open_templates(document.folder, log=log)
    known: dict[ClaimSite, Tested] = {}
    broken: dict[str, str] = {}
    worlds = _worlds(document)
    for name, world in {RECORDED: document, **worlds}.items():
        try:
            found = _judge(world, templates, log)
        except RenderError as error:
            broken[name] = str(error)
            continue
        for place, judged in found.items():
            known.setdefault(place, Tested(judged)).found[name] = judged
    reached = {(file, line) for file, line, *_ in known}
    unreached = tuple(sorted(log.tags - reached))
    return Mutations(tuple(known.values()), unreached, broken, tuple(worlds))


def _worlds(document: Document) -> dict[str, Document]:
    """Return the document on other results, and with other openings of its test set."""
    pictures, classes = document.dataset.splits.get("test", ()), document.dataset.classes
    found = {}
    for name, perturbation in perturbations(document.plan).items():
        plan = perturb(document.plan, perturbation)
        opening = open_anew(plan, pictures, classes, final=0.0, rivals=0.0) if pictures else None
        found[name] = replace(document, plan=plan, openings=(opening,) if opening else ())
    for name, openings in opening_worlds(document.plan, pictures, classes).items():
        found[name] = replace(document, openings=openings)
    return found


def _judge(
    document: Document, templates: ImmutableSandboxedEnvironment, log: ClaimLog
) -> dict[ClaimSite, Judged]:
    log.judged.clear()
    with taking_down(log):
        render_document(document, templates=templates, is_drawn=False, is_final=False)
    return _places(log.judged)


def _places(claims: list[Judged]) -> dict[ClaimSite, Judged]:
    """Number the claims that one tag makes of one study, each once."""
    counts: Counter[tuple[str, int, str, str]] = Counter()
    seen: set[tuple[str, int, Verdict]] = set()
    found: dict[ClaimSite, Judged] = {}
    for judged in claims:
        if (judged.file, judged.line, judged.verdict) in seen:
            continue
        seen.add((judged.file, judged.line, judged.verdict))
        at = (judged.file, judged.line, judged.verdict.study, judged.name)
        found[(*at, counts[at])] = judged
        counts[at] += 1
    return found
