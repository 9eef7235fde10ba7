"""What expressions in templates may be, and for which studies a condition may hold, unfilled.

What is known only when a template is filled is a star.
"""

import math
from dataclasses import dataclass, replace
from itertools import product

from jinja2 import nodes

from scenes.spec.text import base_language

STAR = "*"

MOST_TEXTS = 1000
"""Texts that one expression may be before it counts as unknown: choices multiply."""


@dataclass(frozen=True)
class Known:
    """What is known of a report at some place of a template.

    Attributes:
        studies: Names of those that may come here, over which templates loop; a star for any.
        language: Of the report.
        absent: What this report does not have; `{% if workload %}` leads nowhere then.
    """

    studies: tuple[str, ...]
    language: str
    absent: frozenset[str]

    def in_loop(self, loop: nodes.For) -> "Known":
        """Return this with the studies that may come in the body of a loop."""
        if not (isinstance(loop.target, nodes.Name) and loop.target.name == "study"):
            return self
        is_of_all = isinstance(loop.iter, nodes.Name) and loop.iter.name == "studies"
        body = self if is_of_all else replace(self, studies=(STAR,))
        return body if loop.test is None else body.where(loop.test, True)

    def where(self, test: nodes.Node, outcome: bool) -> "Known":
        """Return this with the studies for which a test may have an outcome."""
        studies = tuple(name for name in self.studies if self._holds(test, name) in (outcome, None))
        return replace(self, studies=studies)

    def texts(self, node: nodes.Node) -> list[str]:
        """Return what an expression may be."""
        if isinstance(node, nodes.Const):
            return [str(node.value)]
        if isinstance(node, nodes.List | nodes.Tuple):
            return [text for item in node.items for text in self.texts(item)]
        if isinstance(node, nodes.Concat):
            texts = list(map(self.texts, node.nodes))
            if math.prod(map(len, texts)) > MOST_TEXTS:
                return [STAR]
            return ["".join(parts) for parts in product(*texts)]
        if isinstance(node, nodes.CondExpr):
            return [*self._branch(node, True), *self._branch(node, False)]
        if isinstance(node, nodes.Name) and node.name in ("language", "base_language"):
            is_whole = node.name == "language"
            return [self.language if is_whole else base_language(self.language)]
        return list(self.studies) if is_study_name(node) else [STAR]

    def _branch(self, node: nodes.CondExpr, outcome: bool) -> list[str]:
        """Return what one side of a choice may be; nothing where no study leads to it."""
        branch = node.expr1 if outcome else node.expr2
        one = self.where(node.test, outcome)
        return one.texts(branch) if branch is not None and one.studies else []

    def _holds(self, test: nodes.Node, study: str) -> bool | None:
        """Return whether a test holds for a study; None where that is not known."""
        if isinstance(test, nodes.Not):
            held = self._holds(test.node, study)
            return None if held is None else not held
        if isinstance(test, nodes.And | nodes.Or):
            decisive = isinstance(test, nodes.Or)
            sides = {self._holds(test.left, study), self._holds(test.right, study)}
            return decisive if decisive in sides else None if None in sides else not decisive
        if isinstance(test, nodes.Compare) and len(test.ops) == 1:
            return self._compared(test.expr, test.ops[0], study)
        return False if isinstance(test, nodes.Name) and test.name in self.absent else None

    def _compared(self, left: nodes.Node, operand: nodes.Operand, study: str) -> bool | None:
        one = replace(self, studies=(study,))
        values, others = one.texts(left), one.texts(operand.expr)
        if len(values) != 1 or any(STAR in text for text in (*values, *others)):
            return None
        is_list = isinstance(operand.expr, nodes.List | nodes.Tuple)
        if operand.op in ("in", "notin") and is_list:
            return (values[0] in others) == (operand.op == "in")
        if operand.op in ("eq", "ne") and not is_list and len(others) == 1:
            return (values == others) == (operand.op == "eq")
        return None


def is_study_name(node: nodes.Node) -> bool:
    """Return whether an expression is `study.name`, in a loop over the studies."""
    return (
        isinstance(node, nodes.Getattr)
        and isinstance(node.node, nodes.Name)
        and (node.node.name, node.attr) == ("study", "name")
    )
