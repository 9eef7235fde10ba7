"""The `typed` tag: a number that is typed in a template on purpose, with the reason.

    {% typed "the name of the data set" %}15-Scene{% endtyped %}

Every other number in the prose of a template must be a fact: `scenes.report.lint.typed_numbers`
finds those that are not.
"""

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup


class TypedTag(Extension):
    """Parses the tag into a block that prints what it holds, and remembers that it is one."""

    tags = {"typed"}  # noqa: RUF012 - the name and form that Jinja2 asks for

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn `{% typed "reason" %} … {% endtyped %}` into a call around its body."""
        line = next(parser.stream).lineno
        reason = parser.parse_expression()
        if not isinstance(reason, nodes.Const) or not str(reason.value).strip():
            parser.fail('say why the number is typed: {% typed "reason" %}', line)
        body = parser.parse_statements(("name:endtyped",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_print", []), [], [], body).set_lineno(line)

    def _print(self, caller: object) -> Markup:
        return Markup(caller())  # type: ignore[operator]


def is_waived(node: nodes.Node) -> bool:
    """Return whether a node of a template is such a block."""
    return (
        isinstance(node, nodes.CallBlock)
        and isinstance(node.call.node, nodes.ExtensionAttribute)
        and node.call.node.identifier == TypedTag.identifier
    )
