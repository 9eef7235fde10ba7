"""What can be said against a write-up before anything is trained: a report in, mistakes out."""

from pathlib import Path

from markupsafe import Markup

from scenes.errors import ScenesError, SpecError
from scenes.mistakes import Mistake, mistake_lines
from scenes.places import locate_keys
from scenes.report.locale import load_words
from scenes.report.markup.bibliography import Bibliography, load_bibliography
from scenes.report.markup.markdown import Prose
from scenes.report.render import catalogues_folder, check_template
from scenes.spec import Report, written_texts


def check_writing(report: Report, path: Path) -> None:
    """Check the template, the references and the texts of a report.

    Args:
        report: In the language in which it is written.
        path: Of its report.toml.

    Raises:
        UserError: There is no such template, or the report's texts or references have mistakes.
        RenderError: The syntax of a template is wrong; with file and line.
    """
    check_template(report.template, path.parent)
    bibliography = load_bibliography(report, path.parent)
    bibliography.listed(
        bibliography.database.entries, load_words(report.language, catalogues_folder())
    )
    problems = _mistakes_in_texts(report, bibliography)
    if problems:
        lines = locate_keys(path.read_text(encoding="utf-8-sig"))
        told = mistake_lines(
            problems, report.model_dump(by_alias=True), file=str(path), lines=lines
        )
        raise SpecError("the texts of the report have mistakes", told)


def _mistakes_in_texts(report: Report, bibliography: Bibliography) -> list[Mistake]:
    def cite(*keys: str) -> Markup:
        bibliography.require(*keys)
        return Markup()

    def formula(tex: str, display: bool) -> Markup:
        from scenes.report.markup.formulas import (
            check_formula,  # loads matplotlib, which few texts need
        )

        return check_formula(tex, display)

    prose = Prose(cite, lambda _: Markup(), formula)
    mistakes = []
    for place, text in written_texts(report):
        try:
            prose.block(text)
        except ScenesError as error:
            mistakes.append(Mistake(place, " ".join(str(error).split())))
    return mistakes
