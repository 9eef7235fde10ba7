"""The `claim` tag: prose that is printed only where the results bear it out.

    {% claim study("activation").claim.better("relu", than="tanh") %}
      printed where the results support it
    {% inconclusive %}
      printed where they cannot tell
    {% contradicted %}
      printed where they say the opposite
    {% endclaim %}

A verdict without its branch stops the build and shows the numbers: prose that is right today and
wrong after the next run cannot be printed.
"""

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from scenes.analysis.claims import Verdict
from scenes.errors import RenderError

BRANCHES = ("supported", "inconclusive", "contradicted")


class ClaimTag(Extension):
    """Parses the tag into a choice among its branches."""

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
                    for name, body in bodies.items()
                ),
            ],
            lineno=line,
        )

    def _status(self, verdict: Verdict, branches: tuple[str, ...], name: str, line: int) -> str:
        if verdict.status not in branches:
            raise RenderError(
                f"{name}:{line}: the claim {verdict.claim} is {verdict.status} by these results "
                f"({verdict.reason}), and has no branch for it: "
                f"add {{% {verdict.status} %}} with what is true then"
            )
        return verdict.status


_ENDS: tuple[str, ...] = (
    "name:supported",
    "name:inconclusive",
    "name:contradicted",
    "name:endclaim",
)
