"""The components of its authors that a document uses: the document in, names and source out.

Those of the report's folder count whole; of those that are installed, what the document reaches.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from scenes.report.document import Document
from scenes.report.lint.typed_numbers import reached_templates
from scenes.report.markup.templates import open_templates
from scenes.runs.run_code import builders, files_of_own
from scenes.spec import registry
from scenes.spec.component_sources import OwnFile, digest_of, read_files

INSTALLED = "installed/"
"""The folder, among the files of own code, of what is installed."""


def own_sources(document: Document) -> dict[str, bytes]:
    """Return the files of own code that a document rests on, by name, those of the folder first."""
    origin, found = document.components, dict[str, bytes]()
    if origin is not None:
        for file in read_files(origin):
            found[file.path.relative_to(origin.folder).as_posix()] = file.content
    for name, path in files_of_own(_installed(document)).items():
        found[INSTALLED + name] = path.read_bytes()
    return found


def own_components(document: Document) -> str:
    """Return what a document says of own code: files, distributions, and a hash; "" without any."""
    sources = own_sources(document)
    if not sources:
        return ""
    files = [name for name in sources if not name.startswith(INSTALLED)]
    known = registry.current()
    named = {known.place(builder).partition(": ")[0] for builder in _installed(document)}
    digest = digest_of([OwnFile(name, Path(name), data) for name, data in sources.items()])
    return f"{', '.join([*files, *sorted(named)])} · {digest[:16]}"


def _installed(document: Document) -> list[str]:
    """Return the builders of installed components that a document uses."""
    known = registry.current()
    folder = document.components.folder if document.components else None
    own = {top for top, place in known.places.items() if place == folder}
    used = dict.fromkeys(_used(document))
    return [it for it in used if it in known.written and it.partition(".")[0] not in own]


def _used(document: Document) -> Iterator[str]:
    """Yield the builder of each component that a document uses."""
    known, report = registry.current(), document.plan.report
    for study in document.plan.studies:
        for trial in study.trials:
            yield from builders(trial.settings)
    metrics = [name.partition(":")[0] for name in report.metrics]
    metrics += [study.choose.by.partition(":")[0] for study in report.studies if study.choose]
    yield from (known.metrics[name].builder for name in metrics)
    figures = [*report.figures, *(name for study in report.studies for name in study.figures)]
    yield from (str(known.figures[name].builder) for name in figures)
    if report.data.loader is not None:
        yield known.loaders[report.data.loader].builder
    claims = {name: it.builder for name, it in known.claims.items() if it.builder in known.written}
    if claims:  # to read every template again takes longer than all the rest
        yield from (claims[name] for name in _claims(document) if name in claims)


def _claims(document: Document) -> set[str]:
    """Return the names of the claims that a document's templates may ask for."""
    folder = document.folder
    reached = reached_templates(document.plan.report.template, open_templates(folder))
    texts = [Path(path).read_text(encoding="utf-8") for _, path in reached.values()]
    return {name for text in texts for name in re.findall(r"\bclaims\.(\w+)", text)}
