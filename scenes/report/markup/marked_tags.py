"""The tags `opinion` and `literature`: sentences that rest on no result, with what they rest on.

    {% opinion "what we think of scenes" %}A mirrored scene is still that scene.{% endopinion %}
    {% literature "glorot2010" %}Sigmoids hold the gradient back {{ cite("glorot2010") }}.
    {% endliterature %}

Both stand within a paragraph. Neither may hold a number or a comparison, and what is marked as
literature must cite the work that it names: `scenes.report.lint.guards` checks that.
"""

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

REASONS = {
    "opinion": 'say why it is an opinion: {% opinion "reason" %}',
    "literature": 'name the work by its key: {% literature "key" %}',
}


class MarkedTags(Extension):
    """Parses the tags into blocks that print their content as an element of that class."""

    tags = set(REASONS)  # noqa: RUF012 - the name and form that Jinja2 asks for

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn `{% opinion "reason" %} … {% endopinion %}` into a call around its body."""
        start = next(parser.stream)
        kind, line = str(start.value), start.lineno
        reason = parser.parse_expression()
        is_text = isinstance(reason, nodes.Const) and isinstance(reason.value, str)
        if not is_text or not reason.value.strip():  # type: ignore[attr-defined]
            parser.fail(REASONS[kind], line)
        body = parser.parse_statements((f"name:end{kind}",), drop_needle=True)
        call = self.call_method("_print", [nodes.Const(kind), reason])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _print(self, kind: str, reason: str, caller: object) -> Markup:
        body = Markup(caller())  # type: ignore[operator]
        return Markup('<span class="{}" title="{}">{}</span>').format(kind, reason, body)


def mark_of(node: nodes.Node) -> tuple[str, str] | None:
    """Return kind and reason of such a block; None for any other node of a template."""
    if (
        isinstance(node, nodes.CallBlock)
        and isinstance(node.call.node, nodes.ExtensionAttribute)
        and node.call.node.identifier == MarkedTags.identifier
    ):
        kind, reason = (argument.value for argument in node.call.args)  # type: ignore[attr-defined]
        return str(kind), str(reason)
    return None
