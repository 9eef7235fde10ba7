"""The command that names pictures by an exported network. It imports what it needs when it runs."""

import json
from pathlib import Path

import click

from scenes.cli.components import asker
from scenes.cli.terminal import quieten_tensorflow, say


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print every probability, as JSON.")
@click.option("--max-pixels", type=click.IntRange(min=1), help="Refuse larger pictures.")
@click.option("--trust", is_flag=True, help="Run the code beside MODEL without a question.")
def predict(
    model: Path,
    pictures: tuple[Path, ...],
    top: int,
    as_json: bool,
    max_pixels: int | None,
    trust: bool,
) -> None:
    """Name PICTURES by the network of MODEL, a folder that `scenes export` has written.

    No code of the file is run, so it may come from anybody. A network with layers of its authors'
    own has their code beside it, which runs once you have accepted it. PICTURES are files, or
    folders.
    """
    from scenes.app.predicting import predict as name_pictures
    from scenes.system.formatting import printable

    quieten_tensorflow()
    named = name_pictures(model, pictures, max_pixels=max_pixels, trust=trust, ask=asker())
    if as_json:
        rows = zip(named.pictures, named.probabilities.tolist(), strict=True)
        told = {printable(path): dict(zip(named.classes, row, strict=True)) for path, row in rows}
        say(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for index, path in enumerate(named.pictures):
        likely = named.likeliest(index, top)
        say(f"{printable(path)}: {', '.join(f'{name} {share:.1%}' for name, share in likely)}")
