"""What can be said against a write-up before anything is trained: a report in, mistakes out."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from scenes.errors import RenderError, SpecError
from scenes.report.language.locale import Words
from scenes.report.lint.targets import Targets, absent_parts, find_targets
from scenes.report.lint.template_refs import Passage
from scenes.report.lint.template_values import STAR
from scenes.report.markup.bibliography import Bibliography, load_bibliography
from scenes.report.markup.markdown import Prose, marks_in
from scenes.report.markup.templates import (
    check_template,
    find_forbidden_markup,
    find_passages,
    load_report_words,
)
from scenes.spec import registry
from scenes.spec.kinds import KINDS
from scenes.spec.loader import Description
from scenes.spec.report import Report, every_text, written_texts
from scenes.spec.text import said_in
from scenes.spec.validation import Mistake, guess, mistake_lines

OWN_TEXTS = ("label", "unit", "assumption", "caption", "alt")
"""What an own component says in the languages of reports."""


def check_writing(report: Report, description: Description) -> list[str]:
    """Check the template, the references and the texts of a report; return notes on references.

    Args:
        report: In the language in which it is written.
        description: From which it was read.

    Raises:
        UserError: There is no such template, or texts, templates or references have mistakes: all
            of those in texts and templates at once, each with file and line.
        RenderError: The syntax of a template is wrong; with file and line.
    """
    folder = description.path.parent
    words = load_report_words(report.language, folder)
    check_template(report.template, folder)
    passages = find_passages(
        report.template,
        folder,
        studies=[study.name for study in report.studies],
        language=report.language,
        absent=absent_parts(report),
    )
    uncited = report if report.bibliography is None else report.model_copy(update={"cite": ()})
    bibliography = load_bibliography(uncited, folder)
    judge = _Judge(find_targets(report, passages), bibliography)
    problems = mistake_lines(
        [*_mistakes_in_texts(report, judge)],
        report.model_dump(by_alias=True),
        file=str(description.path),
        lines=description.lines,
    )
    problems += _mistakes_in_templates(passages, judge)
    problems += _missing_words(passages, words)
    problems += _missing_labels(words)
    problems += find_forbidden_markup(report.template, folder)
    if problems:
        raise SpecError("the texts of the report have mistakes", problems)
    cited = [*judge.keys, *report.cite]
    bibliography.listed(cited, words)
    bibliography.set_citations([], cited, words)
    return bibliography.notes(cited, words)


def _missing_labels(words: Words) -> Iterator[str]:
    """Yield the texts of own components that are not in the report's language."""
    known = registry.current()
    own = [
        (name, entry, text)
        for kind in KINDS
        for name, entry in getattr(known, kind).items()
        for text in OWN_TEXTS
        if entry.builder in known.written
    ]
    for name, entry, text in own:
        found = getattr(entry, text, "")
        if (
            isinstance(found, Mapping)
            and found
            and "" not in found
            and said_in(found, words.language) is None
        ):
            yield (
                f"{known.place(entry.builder)}: {name}: its {text} is in {', '.join(found)} and "
                f"not in {words.language!r}, the language of the report"
            )


def notes_on_marks(description: Description) -> list[str]:
    """Say which titles, labels and other short texts look like markdown, which they are not.

    They stand in figures, alternative texts and the outline as well, where there is plain text
    only: their marks would be printed.
    """
    report = description.report
    written = {place for place, _ in written_texts(report)}
    found = [
        Mistake(place, f"{text!r} is printed as it stands, marks and all; only texts are markdown")
        for place, text in every_text(report)
        if place not in written and marks_in(text)
    ]
    tables = report.model_dump(by_alias=True)
    return mistake_lines(found, tables, file=str(description.path), lines=description.lines)


@dataclass(frozen=True)
class _Judge:
    """Knows what a text may refer to."""

    targets: Targets
    bibliography: Bibliography
    keys: dict[str, None] = field(default_factory=dict)
    """Those that texts and templates cite."""

    def cited(self, key: str) -> Iterator[str]:
        """Yield what is wrong with the key of a citation."""
        known = list(self.bibliography.entries)
        if key in known:
            self.keys[key] = None
        elif STAR not in key:
            near, choices = guess(key, known), ", ".join(known) or "none"
            yield f"{self.bibliography.source} lacks {key!r}{near}; it has {choices}"

    def seen(self, name: str) -> Iterator[str]:
        """Yield what is wrong with the name of a figure, table or section."""
        if (problem := self.targets.problem_with(name)) is not None:
            yield problem

    def text(self, text: str) -> list[str]:
        """Return all that is wrong with a text in markdown."""
        problems: list[str] = []

        def cite(*keys: str) -> Markup:
            problems.extend(problem for key in keys for problem in self.cited(key))
            return Markup()

        def see(name: str) -> Markup:
            problems.extend(self.seen(name))
            return Markup()

        def formula(tex: str, display: bool) -> Markup:
            from scenes.report.markup.formulas import (
                check_formula,  # loads matplotlib: few texts need it
            )

            try:
                return check_formula(tex, display)
            except RenderError as error:
                problems.append(" ".join(str(error).split()))
                return Markup()

        try:
            Prose(cite, see, formula).block(text)
        except RenderError as error:
            problems.append(str(error))
        return problems


def _mistakes_in_texts(report: Report, judge: _Judge) -> Iterator[Mistake]:
    for index, key in enumerate(report.cite):
        yield from (Mistake(("cite", index), problem) for problem in judge.cited(key))
    for place, text in written_texts(report):
        yield from (Mistake(place, problem) for problem in judge.text(text))


def _mistakes_in_templates(passages: Sequence[Passage], judge: _Judge) -> list[str]:
    return [
        f"{passage.file}:{passage.line}: {problem}"
        for passage in passages
        for problem in _mistakes_in_passage(passage, judge)
    ]


def _missing_words(passages: Sequence[Passage], words: Words) -> list[str]:
    return [
        f"{passage.file}:{passage.line}: {words.source} has no words for {passage.text!r}"
        f"{guess(passage.text, words.catalogue)}"
        for passage in passages
        if passage.kind == "words" and not fnmatch.filter(words.catalogue, passage.text)
    ]


def _mistakes_in_passage(passage: Passage, judge: _Judge) -> Iterator[str]:
    match passage.kind:
        case "see":
            yield from judge.seen(passage.text)
        case "cite":
            yield from judge.cited(passage.text)
        case "text":
            yield from judge.text(passage.text)
        case "template":
            yield f"there is no template {passage.text!r}"
