"""The commands on pictures, `scenes dataset …`: check a data set, show it, fetch one.

Each imports what it needs when it runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes.cli.options import picture_options
from scenes.cli.terminal import open_console, say

if TYPE_CHECKING:
    from scenes.data.folder import Dataset


class FolderOrCommand(click.Group):
    """A group that takes a first word which is none of its commands as pictures to check."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front of what a user types without it."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=FolderOrCommand)
def dataset() -> None:
    """Look at a data set: scenes dataset PATH. Or fetch one: scenes dataset fetch.

    \b
    scenes dataset PATH                    what is in it, after decoding each picture
    scenes dataset PATH --html page.html   the same as a page that shows the pictures
    scenes dataset PATH --help             all of its options
    scenes dataset fetch --help            how to fetch an archive and check its hash

    \b
    PATH is a folder with a folder for each class; a table of paths and labels (labels.csv, .tsv,
    .jsonl) or the folder that it is in; arrays (.npz, .npy); Parquet shards; or an archive.
    """  # noqa: D301  # click looks for the character


@dataset.command()
@click.argument("folder", type=click.Path(path_type=Path))
@picture_options[0]
@picture_options[1]
@picture_options[2]
@click.option(
    "--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page that shows it."
)
@click.option("--language", metavar="CODE", default="en", help="Of the page: es, en, …")
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Of a report; else what was seen is remembered in the user's cache.",
)
def check(
    folder: Path, html: Path | None, language: str, store: Path | None, **options: Any
) -> None:
    """Check a folder, table, archive or arrays of pictures: decode each, say what is there."""
    from scenes.cli.data_listing import dataset_table, finding_lines, known_lines
    from scenes.data.subsets import without_leaks

    if html is not None:
        from scenes.report.language.catalogue import load_words
        from scenes.report.markup.templates import catalogues_folder

        load_words(language, catalogues_folder())  # reports a mistake before anything long
    whole = _load(folder, store, skip_bad=options["skip_bad"], max_pixels=options["max_pixels"])
    found = without_leaks(whole) if options["drop_duplicates"] else whole
    open_console().print(dataset_table(found))
    for line in [f"read as {found.reader}", *finding_lines(found), *known_lines(whole)]:
        say(line)
    say(f"fingerprint {found.fingerprint}")
    if html is not None:
        from scenes.report.dataset_page import save_page

        save_page(found, html, language=language)
        say(f"HTML  {html}")


def _load(folder: Path, store: Path | None, *, skip_bad: bool, max_pixels: int | None) -> "Dataset":
    from scenes.app.progress import counting
    from scenes.data.decoding import MAX_PIXELS
    from scenes.data.folder import load_folder
    from scenes.data.pictures import user_cache

    with counting(open_console(stderr=True), "checking the pictures") as progress:
        cache = store / "cache" if store is not None else user_cache()
        return load_folder(
            folder,
            cache=cache / "pictures",
            imports=cache / "imports",
            skip_bad=skip_bad,
            max_pixels=max_pixels or MAX_PIXELS,
            progress=progress,
        )


@dataset.command()
@click.argument("source", metavar="URL|FILE|NAME")
@click.option("--sha256", metavar="HASH", help="That the archive must have; needed for a URL.")
@click.option(
    "--into", metavar="DIR", type=click.Path(path_type=Path), help="Else named after the archive."
)
@click.option("--as", "known", metavar="NAME", help="The known set that it must be: scene15.")
@click.option("--max-bytes", type=click.IntRange(min=1), help="Once unpacked; 100 GiB.")
@click.option("--max-members", type=click.IntRange(min=1), help="A million by default.")
def fetch(
    source: str,
    sha256: str | None,
    into: Path | None,
    known: str | None,
    max_bytes: int | None,
    max_members: int | None,
) -> None:
    """Fetch an archive of pictures, check its hash, and unpack it into a folder."""
    from scenes.app.progress import counting
    from scenes.data.archives import Limits
    from scenes.data.fetching import fetch as bring
    from scenes.data.pictures import user_cache
    from scenes.system.formatting import shell_word

    asked = {"size": max_bytes, "members": max_members}
    limits = Limits(**{name: value for name, value in asked.items() if value is not None})
    with counting(open_console(stderr=True), "fetching") as progress:
        folder = bring(
            source,
            sha256=sha256,
            into=into,
            cache=user_cache(),
            known=known,
            limits=limits,
            progress=progress,
        )
    say(f"unpacked into {folder}; look at it with: scenes dataset {shell_word(folder)}")
