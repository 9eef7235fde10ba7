"""Template and views in, HTML out: strict about what is missing, and deaf to what is not its own.

Templates run in Jinja2's sandbox, escape everything that is not markup, and fail on a name that
does not exist. They are looked for in the report's own folder first, then among the shipped ones.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from scenes.data.image_files import PictureError
from scenes.errors import RenderError, UserError
from scenes.report.figures.own_picture import load_own_picture
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.lint.html_rules import (
    find_forbidden_in_source,
    find_pictures_in_source,
    is_own_picture,
)
from scenes.report.lint.template_refs import Passage, read_passages
from scenes.report.lint.typed_numbers import TypedNumber, reached_templates, typed_in_templates
from scenes.report.markup.claim_tag import ClaimLog, ClaimTag
from scenes.report.markup.markdown import Prose
from scenes.report.markup.marked_tags import MarkedTags
from scenes.report.markup.own_figures import NO_ALT
from scenes.report.markup.sandbox import Sandbox, printed
from scenes.report.markup.source_places import SourcePlaces
from scenes.report.markup.typed_tag import TypedTag
from scenes.spec.layout import Layout
from scenes.spec.report import Report
from scenes.system.cpu_limit import cpu_limit


def templates_folder() -> Path:
    """Return the folder of the shipped templates: in the package, or beside it in a checkout."""
    package = Path(__file__).parents[2]
    packaged = package / "templates"
    return packaged if packaged.is_dir() else package.parent / "templates"


def catalogues_folder() -> Path:
    """Return the folder of the shipped words, a file for each language."""
    return templates_folder() / "locale"


def words_of(report: Report, folder: Path) -> Words:
    """Load the words in which a report is written."""
    words = load_report_words(report.language, folder)
    return words.of_folds if report.data.folds else words


def load_report_words(language: str, folder: Path) -> Words:
    """Load the words of a report: from `locale/` in its own folder, else the shipped ones.

    Raises:
        SpecError: There is no such language, or its catalogue is not whole.
    """
    return load_words(language, folder / "locale", catalogues_folder())


def render_html(
    template: str,
    context: Mapping[str, Any],
    *,
    folder: Path,
    templates: ImmutableSandboxedEnvironment | None = None,
) -> str:
    """Fill a template.

    Args:
        template: Its file name.
        context: What it may print.
        folder: Of the report; a template there comes before a shipped one of the same name.
        templates: As `open_templates` opens them, where many documents are written of them.

    Raises:
        UserError: There is no such template.
        RenderError: The template is wrong, or asks for what does not exist; with file and line.
    """
    with _told(folder, template), cpu_limit(CPU_LIMIT):
        html = (templates or open_templates(folder)).get_template(template).render(context)
    if len(html) > LONGEST:
        raise RenderError(f"{template}: writes {len(html):,} characters; the most is {LONGEST:,}")
    return html


@contextmanager
def _told(folder: Path, template: str) -> Iterator[None]:
    """Raise every error of a template as one error that names file and line."""
    try:
        yield
    except jinja2.TemplateNotFound as error:
        raise UserError(
            f"there is no template {error.name!r}",
            [f"looked for in {folder} and {templates_folder()}"],
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(
            f"{error.filename or error.name}:{error.lineno}: {error.message}"
        ) from None
    except UserError as error:
        place = _place(error, "")
        heading = f"{place}: {error.heading}" if place else error.heading
        raise type(error)(heading, error.problems, error.hint) from error
    except RenderError as error:
        place = _place(error, "")
        is_placed = not place or place.rpartition("/")[2].partition(":")[0] in str(error)
        raise (error if is_placed else RenderError(f"{place}: {error}")) from error
    except Exception as error:
        raise RenderError(f"{_place(error, template)}: {_message(error)}") from error


def check_template(template: str, folder: Path) -> None:
    """Compile a template without filling it, to report its mistakes before anything long.

    Raises:
        UserError: There is no such template.
        RenderError: Its syntax is wrong; with file and line.
    """
    with _told(folder, template):
        open_templates(folder).get_template(template)


def open_templates(
    folder: Path, *, log: ClaimLog | None = None, places: SourcePlaces | None = None
) -> ImmutableSandboxedEnvironment:
    """Return the templates of a report, each compiled once, when it is first used.

    Args:
        folder: Of the report.
        log: Records every claim.
        places: Records which line writes what. Templates with either are not shared.
    """
    if log is None and places is None:
        return _shared_templates(folder)
    templates = build_environment(_TemplateLoader([folder, templates_folder()]))
    tag = templates.extensions[ClaimTag.identifier]
    assert isinstance(tag, ClaimTag)
    tag.log = log or tag.log
    templates.concat = places or templates.concat  # type: ignore[method-assign]
    return templates


@functools.cache
def _shared_templates(folder: Path) -> ImmutableSandboxedEnvironment:
    """Keep what is compiled for this process only: compiled code is not read from a disk."""
    return build_environment(_TemplateLoader([folder, templates_folder()]))


def loaded_templates(folder: Path) -> list[str]:
    """Return the names of the templates of a report that were compiled so far."""
    return sorted({name for _, name in _shared_templates(folder).cache or ()})


def build_environment(loader: jinja2.BaseLoader) -> ImmutableSandboxedEnvironment:
    """Return what templates run in: they escape all data and fail on what is missing.

    Its filters `markdown` and `markdown_inline` set a text by the `prose` of the context.
    """
    environment = Sandbox(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printed,
        optimized=False,  # which would evaluate what is constant, however long it takes
        extensions=[ClaimTag, MarkedTags, TypedTag],
    )
    environment.globals["layout"] = Layout()  # of pages that no report describes
    environment.filters["markdown"] = _markdown
    environment.filters["markdown_inline"] = _markdown_inline
    return environment


def warm_templates() -> None:
    """Compile the shipped templates, so that a document does not wait for it."""
    templates = build_environment(_TemplateLoader([templates_folder()]))
    for path in sorted(templates_folder().glob("*.*")):
        if path.suffix in (".html", ".css"):
            templates.get_template(path.name)


def find_typed_numbers(template: str, folder: Path) -> list[TypedNumber]:
    """Return the numbers typed in a report's templates where facts should stand."""
    with _told(folder, template):
        return typed_in_templates(template, open_templates(folder))


def find_forbidden_markup(template: str, folder: Path) -> list[str]:
    """Return what a report's own templates write that no report may hold, with file and line."""
    with _told(folder, template):
        reached = reached_templates(template, open_templates(folder))
    paths = sorted({Path(path) for _, path in reached.values()})
    return [
        f"{path}:{line}: {what}"
        for path in paths
        if path.suffix == ".html" and path.is_relative_to(folder)
        for line, what in _forbidden_in(path.read_text(encoding="utf-8"), folder)
    ]


def _forbidden_in(source: str, folder: Path) -> Iterator[tuple[int, str]]:
    yield from find_forbidden_in_source(source)
    for picture in find_pictures_in_source(source):
        if not picture.has_text:
            yield picture.line, f"<img src={picture.source or '…'}>: {NO_ALT}"
        if picture.source is not None and is_own_picture(picture.source):
            try:
                load_own_picture(folder, picture.source.strip())
            except PictureError as error:
                yield picture.line, str(error)


def find_passages(template: str, folder: Path, **known: Any) -> list[Passage]:
    """Return what a report's templates refer to and define: see `read_passages` for `known`.

    Raises:
        RenderError: The syntax of one is wrong; with file and line.
    """
    with _told(folder, template):
        return read_passages(template, open_templates(folder), **known)


LONGEST = 20_000_000
"""Characters of a document; a report of 20 pages has 200,000, and figures come afterwards."""
CPU_LIMIT = 60.0
"""Seconds for which one filling may compute; it takes less than one."""
LARGEST = 2_000_000
"""Bytes of a template."""


class _TemplateLoader(jinja2.FileSystemLoader):
    """Finds templates in its folders only, and looks again for what it has found.

    A link that leads out of the folders finds none; a file may change, or come before another.
    """

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return text and path of a template, and what tells whether it is still current."""
        text, path, _ = self._read(environment, template)
        folders = [Path(folder).resolve() for folder in self.searchpath]
        if not any(Path(path).resolve().is_relative_to(folder) for folder in folders):
            raise jinja2.TemplateNotFound(template)

        def is_current() -> bool:
            try:
                return super(_TemplateLoader, self).get_source(environment, template)[0] == text
            except (OSError, jinja2.TemplateNotFound):
                return False

        return text, path, is_current

    def _read(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return what the folders have, if it is a text of a size that templates have."""
        for folder in self.searchpath:
            path = Path(folder, *split_template_path(template))
            if path.is_file() and path.stat().st_size > LARGEST:
                raise RenderError(f"{path}: is larger than {LARGEST:,} bytes")
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            raise RenderError(f"{template}: is not UTF-8: {error.reason}") from None


@jinja2.pass_context
def _markdown(context: jinja2.runtime.Context, text: str) -> Markup:
    prose: Prose = context["prose"]
    return prose.block(text)


@jinja2.pass_context
def _markdown_inline(context: jinja2.runtime.Context, text: str) -> Markup:
    prose: Prose = context["prose"]
    return prose.inline(text)


def _place(error: BaseException, otherwise: str) -> str:
    """Return file and line of the innermost template frame of an error."""
    place, trace = otherwise, error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith((".html", ".css")):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _message(error: BaseException) -> str:
    match error:
        case KeyError() if error.args:  # whose str() is the repr of its key
            return str(error.args[0])
        case RecursionError():
            return "it calls itself without end, or is nested too deeply"
        case MemoryError():
            return "it needs more memory than there is for it"
        case ZeroDivisionError():
            return "it divides by zero"
        case OverflowError():
            return f"it asks for too much: {error}"
    return str(error) or type(error).__name__
