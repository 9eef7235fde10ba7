"""Settings, keys of a report.toml and facts as the terminal shows them."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table

from scenes.claims.facts import MEASURES, UNITS
from scenes.spec.described import TABLES, Key, describe, describe_settings


def described_table(kind: str) -> Table:
    """Return what there is of a kind: "settings", "keys" (of a report.toml) or "facts"."""
    if kind == "facts":
        rows = ((name, of, UNITS[of]) for name, (of, _) in MEASURES.items())
        return _table(("fact of a trial", "kind", "unit"), rows)
    tables = {"": describe_settings()} if kind == "settings" else _all_keys()
    return _table(
        ("table", "key", "type", "default", "meaning")[kind == "settings" :],
        (
            (table, it.name, it.kind, it.default or "required", it.meaning)[kind == "settings" :]
            for table, keys in tables.items()
            for it in keys
        ),
    )


def _all_keys() -> dict[str, list[Key]]:
    return {table or "(top)": describe(model) for table, model in TABLES.items()}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(cell.replace("`", "") for cell in row))
    return table
