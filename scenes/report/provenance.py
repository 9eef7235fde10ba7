"""Where a document's numbers come from: records, description, code and machine, in rows."""

import subprocess
from pathlib import Path
from typing import Any

from scenes import __version__
from scenes.plan.plan import Plan
from scenes.report.document import Document
from scenes.report.language.locale import Words
from scenes.report.own_components import own_components
from scenes.report.views.dataset import data_name
from scenes.runs.record import Record

SAFE_GIT = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
RUNS_PROGRAMS = r"^(filter|include|includeif|extensions)\."
"""Settings of a repository with which looking for changes may start a program that it names: a
repository that somebody else made is asked for its commit only."""


def provenance_rows(document: Document, words: Words) -> list[tuple[str, str]]:
    """Return the rows of the table of provenance: what each is, and its value; none is empty."""
    records = records_of(document.plan)
    environments = [record.environment for record in records]
    fingerprint = document.dataset.fingerprint[:16]
    versions = {
        f"{name} {number}"
        for record in records
        for name, number in (record.identity["versions"] or {}).items()
    }
    rows = {
        "command": document.command,
        "profile": document.profile or "",
        "scenes": __version__,
        "commit": commit_of(document),
        "components": own_components(document),
        "description": f"report.toml · {document.description}" if document.description else "",
        "asked": ", ".join(one for one in document.asked if one != document.description),
        "data": f"{data_name(document.dataset, document.plan.report, words)} · {fingerprint}",
        "seeds": ", ".join(map(str, document.plan.seeds)),
        "runs": words.integer(len(records)),
        "versions": ", ".join(sorted(versions)),
        "python": _distinct(environments, "python"),
        "machine": _distinct(environments, "processor"),
        "instructions": _distinct(environments, "instruction_set"),
        "system": _distinct(environments, "system"),
        "duration": words.duration(sum(record.seconds for record in records)),
    }
    return [(words(f"provenance.{key}"), value) for key, value in rows.items() if value]


def _distinct(environments: list[dict[str, Any]], key: str) -> str:
    return "; ".join(sorted({str(environment.get(key, "")) for environment in environments}))


def records_of(plan: Plan) -> list[Record]:
    """Return the records of the runs that have one."""
    return [run.result for run in plan.runs if isinstance(run.result, Record)]


def commit_of(document: Document) -> str:
    """Return the commit of the document's folder, asking git where the document does not say."""
    return _commit(document.folder) if document.commit is None else document.commit


def _commit(folder: Path) -> str:
    """Return the commit of the report's folder, "+" if it has changes, or "" without one."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *SAFE_GIT, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        if not commit or git("config", "--local", "--name-only", "--get-regexp", RUNS_PROGRAMS):
            return commit
        return commit + "+" if git("status", "--porcelain", "-uno") else commit
    except OSError:
        return ""
