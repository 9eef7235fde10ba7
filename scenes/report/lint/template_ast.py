"""Templates as syntax trees: an environment and a name in, the tree and where it comes from out.

What is read here is looked at and never changed, so each text is parsed once, whoever asks.
"""

from functools import lru_cache

import jinja2
from jinja2 import nodes


def load_tree(environment: jinja2.Environment, name: str) -> tuple[nodes.Template, str]:
    """Return a template's tree and its file (its name, where it is in none).

    Raises:
        jinja2.TemplateNotFound: There is none of that name.
        jinja2.TemplateSyntaxError: It is wrong.
    """
    if environment.loader is None:
        raise jinja2.TemplateNotFound(name)
    source, path, _ = environment.loader.get_source(environment, name)
    return _parse(environment, source, name, path), path or name


@lru_cache(maxsize=256)
def _parse(
    environment: jinja2.Environment, source: str, name: str, path: str | None
) -> nodes.Template:
    return environment.parse(source, name, path)
