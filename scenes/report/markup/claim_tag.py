"""The `claim` tag: prose that is printed only where the results bear it out.

    {% claim claims.better(study("activation"), "relu", than="tanh") %}
      printed where the results support it
    {% inconclusive %}
      printed where they cannot tell
    {% contradicted %}
      printed where they say the opposite
    {% equal %}
      printed where the values are practically equal
    {% endclaim %}

Values that are practically equal are not told apart either: without a branch `equal`, what is
printed for `inconclusive` is true of them too. Any other verdict without its branch stops the build
and shows the numbers: prose that is right today and wrong after the next run cannot be printed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import FrameType

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from scenes.claims.predicates import Verdict
from scenes.errors import RenderError

BRANCHES = ("supported", "inconclusive", "contradicted", "equal")
PENDING = "pending"
"""The branch of every claim on a study that is still trained: only drafts have it."""


@dataclass(frozen=True)
class Judged:
    """A claim of a template and what was found of it.

    Attributes:
        file: Of the template.
        line: At which the tag begins.
        verdict: Of the results.
        has_branch: Whether the template says something for that verdict.
        name: Of the claim, where one place of a template makes several; else "".
    """

    file: str
    line: int
    verdict: Verdict
    has_branch: bool
    name: str = ""


@dataclass
class ClaimLog:
    """Takes down the claims of templates.

    A missing branch does not stop the rendering of templates that are opened with it.

    Attributes:
        tags: File and line of each claim in the templates that were compiled.
        judged: Every claim that was judged, in the order of the text.
        files: Of the report's folder, beside templates, that the document shows.
    """

    tags: set[tuple[str, int]] = field(default_factory=set)
    judged: list[Judged] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


_LOG: ContextVar[ClaimLog | None] = ContextVar("the log of the document being written")


@contextmanager
def taking_down(log: ClaimLog) -> Iterator[None]:
    """Take down every claim that is judged, also outside of a claim tag."""
    token = _LOG.set(log)
    try:
        yield
    finally:
        _LOG.reset(token)


def note_file(name: str) -> None:
    """Take down a file of the report's folder that the document shows."""
    if (log := _LOG.get(None)) is not None:
        log.files.add(name)


def noted(study: str, verdict: Verdict) -> Verdict:
    """Return a verdict on a study, which a log takes down: prose has words for each."""
    verdict = replace(verdict, study=study)
    if (log := _LOG.get(None)) is not None:
        file, line = _place_in_template()
        log.judged.append(Judged(file, line, verdict, has_branch=True, name=verdict.claim))
    return verdict


def _place_in_template() -> tuple[str, int]:
    """Return file and line of the template that is being filled."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if (template := frame.f_globals.get("__jinja_template__")) is not None:
            return str(template.name), int(template.get_corresponding_lineno(frame.f_lineno))
        frame = frame.f_back
    return "", 0


class ClaimTag(Extension):
    """Parses the tag into a choice among its branches."""

    log: ClaimLog | None = None

    tags = {"claim"}  # noqa: RUF012 - the name and form that Jinja2 asks for

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn `{% claim … %} … {% endclaim %}` into an assignment and an if chain."""
        line = next(parser.stream).lineno
        verdict = parser.parse_expression()
        bodies = {"supported": parser.parse_statements(_ENDS)}
        while (name := next(parser.stream).value) != "endclaim":
            if name in bodies:
                parser.fail(f"two branches {name!r} in one claim", line)
            bodies[name] = parser.parse_statements(_ENDS)
        if self.log is not None:
            self.log.tags.add((str(parser.name), line))
        status = parser.free_identifier(line)
        known = nodes.Const(tuple(bodies))
        checked = self.call_method(
            "_status", [verdict, known, nodes.Const(parser.name), nodes.Const(line)]
        )
        return nodes.Scope(
            [
                nodes.Assign(nodes.Name(status.name, "store"), checked),
                *(
                    nodes.If(
                        nodes.Compare(
                            nodes.Name(status.name, "load"),
                            [nodes.Operand("eq", nodes.Const(name))],
                        ),
                        body,
                        [],
                        [],
                    )
                    for name, body in (*bodies.items(), (PENDING, _gap(bodies["supported"], line)))
                ),
            ],
            lineno=line,
        ).set_lineno(line)  # of what stands where results are still to come, too

    def _status(self, verdict: Verdict, branches: tuple[str, ...], name: str, line: int) -> str:
        if verdict.is_pending:
            return PENDING
        status = verdict.status
        if status == "equal" and "equal" not in branches:
            status = "inconclusive"
        if (log := self.log or _LOG.get(None)) is not None:
            log.judged.append(Judged(name, line, verdict, status in branches))
        if self.log is None and status not in branches:
            raise RenderError(
                f"{name}:{line}: the claim {verdict.claim} is {verdict.status} by these results "
                f"({verdict.reason}), and has no branch for it: "
                f"add {{% {verdict.status} %}} with what is true then"
            )
        return status


def _gap(body: list[nodes.Node], line: int) -> list[nodes.Node]:
    """Return what a draft prints in the place of a claim: an element of the kind of its branch."""
    texts = [part.data for node in body for part in node.find_all(nodes.TemplateData)]
    text = "".join(texts)
    around = next((one for one in (("p",), ("li",), ("tr", "td")) if f"<{one[0]}" in text), ())
    opening = "".join(f"<{name}>" for name in around)
    closing = "".join(f"</{name}>" for name in reversed(around))
    words, key = nodes.Name("words", "load"), nodes.Const("pending.claim")
    before = nodes.TemplateData(f'{opening}<span class="pending">', lineno=line)
    after = nodes.TemplateData(f"</span>{closing}", lineno=line)
    call = nodes.Call(words, [key], [], None, None, lineno=line)
    return [nodes.Output([before, call, after], lineno=line)]


_ENDS: tuple[str, ...] = (
    "name:supported",
    "name:inconclusive",
    "name:contradicted",
    "name:equal",
    "name:endclaim",
)
