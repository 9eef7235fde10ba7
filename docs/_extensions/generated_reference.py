"""Writes the reference pages whose source is the code, before Sphinx reads the pages."""

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from sphinx.application import Sphinx

from scenes.claims.facts import MEASURES, UNITS
from scenes.claims.predicates import PREDICATES
from scenes.cli.main import cli
from scenes.report.markup.templates import load_report_words
from scenes.spec import registry
from scenes.spec.described import TABLES, Key, describe, describe_settings
from scenes.spec.kinds import KINDS

FOLDER = "reference/generated"


def write_pages(app: Sphinx) -> None:
    """Write every generated page; one that has not changed keeps its time."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, text in {
        "options": options(),
        "report": report(),
        "settings": settings(),
        "components": components(),
        "claims": claims(),
        "facts": facts(),
    }.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", r"\|") for cell in row] for row in lines)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def keys(rows: Iterable[Key]) -> str:
    """Return the table of some keys."""
    body = ([f"`{it.name}`", it.kind, _code(it.default), it.meaning] for it in rows)
    return table(("key", "type", "default", "meaning"), body)


def _code(text: str) -> str:
    return text if text in ("none", "its defaults") else f"`{text}`" if text else "required"


def options() -> str:
    """Return every command with its options, as `--help` gives them."""
    parts = ["# Every command and option", "As `scenes COMMAND --help` prints them."]
    for name, command in sorted(_commands(cli, "scenes")):
        context = click.Context(command, info_name=name, max_content_width=96)
        parts.append(f"## `{name}`\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts) + "\n"


def _commands(group: click.Group, path: str) -> Iterable[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def report() -> str:
    """Return every key of a report.toml."""
    parts = ["# Every key of `report.toml`"]
    for name, model in TABLES.items():
        heading = f"`{name}`" if name else "At the top"
        parts += [f"## {heading}", keys(describe(model))]
    parts.append("`[base]` and every `set` hold [settings](settings.md).")
    return "\n\n".join(parts) + "\n"


def settings() -> str:
    """Return every setting."""
    return (
        "\n\n".join(
            [
                "# Every setting",
                "Keys of `[base]` and of `set`, and factors of studies. A model ignores what it "
                "does not take. `scenes list settings` prints the same.",
                keys(describe_settings()),
            ]
        )
        + "\n"
    )


def components() -> str:
    """Return the built-in components of each kind."""
    words, known = load_report_words("en", Path()), registry.current()
    parts = ["# Every built-in component", "`scenes list KIND` prints the same."]
    for kind in KINDS:
        if not getattr(known, kind) or kind == "claims":
            continue
        rows = []
        for name, entry in getattr(known, kind).items():
            label = getattr(entry, "label", "")
            takes = ", ".join(f"`{it}`" for it in getattr(entry, "parameters", ()))
            shown = words(label) if isinstance(label, str) and words.has(label) else label or ""
            rows.append([f"`{name}`", str(shown), takes])
        parts += [f"## {kind.capitalize()}", table(("name", "in a report", "settings"), rows)]
    return "\n\n".join(parts) + "\n"


def claims() -> str:
    """Return every claim with its arguments and what it says."""
    parts = [
        "# Every claim",
        'In a template: `{% claim claims.better(study, "relu", than="tanh") %}`. '
        "`study` stands first in each.",
    ]
    for name, predicate in PREDICATES.items():
        arguments = inspect.signature(predicate).replace(return_annotation=inspect.Signature.empty)
        text = inspect.cleandoc(predicate.__doc__ or "")
        parts.append(
            f"## `{name}`\n\n```python\nclaims.{name}{arguments}\n```\n\n```text\n{text}\n```"
        )
    return "\n\n".join(parts) + "\n"


def facts() -> str:
    """Return what a template may print of a trial."""
    rows = ([f"`{name}`", kind, UNITS[kind]] for name, (kind, _) in MEASURES.items())
    return (
        "\n\n".join(
            [
                "# Every fact of a trial",
                'In a template: `{{ study.trial("relu").val_loss }}`. `best_…` is at the epoch of '
                "the lowest validation loss. Every [metric](components.md) is a fact by its name.",
                table(("fact", "kind", "unit"), rows),
            ]
        )
        + "\n"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
