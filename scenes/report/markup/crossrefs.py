"""What a text refers to: names of figures, tables, sections and references in, links out."""

from dataclasses import dataclass

from markupsafe import Markup

from scenes.errors import RenderError
from scenes.report.language.locale import Words
from scenes.report.markup.bibliography import Bibliography, Reference
from scenes.report.markup.outline import Outline

UNKNOWN = "?"
"""Stands for a number while the document is filled for the first time."""


@dataclass(frozen=True)
class CrossReferences:
    """Links to what the first filling of a document has found.

    Attributes:
        outline: What that is.
        bibliography: Of the report.
        words: Its language.
    """

    outline: Outline
    bibliography: Bibliography
    words: Words

    def see(self, name: str) -> Markup:
        """Return a link to a figure, table or section: “figure 3”.

        Raises:
            RenderError: There is none of this name; the choices are listed.
        """
        if not self.outline.is_known:
            return Markup(UNKNOWN)
        target = self.outline.targets.get(name)
        if target is None:
            choices = ", ".join(self.outline.targets)
            raise RenderError(f"there is nothing called {name!r} to refer to; choices: {choices}")
        key = f"see.{target.kind}" if target.number else "see.titled"
        text = self.words(key, number=target.number, title=target.title)
        return Markup('<a class="see" href="#{}">{}</a>').format(target.anchor, text)

    def cite(self, *keys: str) -> Markup:
        """Return the citation of references, each a link: “[2, 5]”, or by author and year.

        Raises:
            SpecError: The bibliography lacks a key; those that it has are listed.
        """
        self.bibliography.require(*keys)
        if not self.bibliography.csl.is_numbered:
            from scenes.report.markup.author_date import print_cluster  # few reports need it

            return print_cluster(keys, self.bibliography.citations)
        order = self.bibliography.order(self.outline.cited)
        links = Markup(", ").join(
            Markup('<a class="cite" href="#ref-{0}" data-cite="{0}">{1}</a>').format(
                key, order.index(key) + 1 if key in order else UNKNOWN
            )
            for key in keys
        )
        return Markup('<span class="cites">[{}]</span>').format(links)

    @property
    def listed(self) -> list[Reference]:
        """The list of references, in the order in which they are cited."""
        return self.bibliography.listed(self.outline.cited, self.words)
