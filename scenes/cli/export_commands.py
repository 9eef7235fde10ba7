"""The commands that keep a network and use it. Each imports what it needs when it runs."""

import json
import shlex
from pathlib import Path
from typing import Any

import click

from scenes.cli.components import uses_components
from scenes.cli.options import request_options
from scenes.cli.terminal import open_console, quieten_tensorflow, say


@click.command()
@request_options
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option("--seed", type=int, help="Of the run that is exported; by default the first.")
@uses_components
def export(to: Path, seed: int | None, **options: Any) -> None:
    """Write the network that FOLDER's report ends with: model.keras and model.json.

    The network has the weights of its recorded run. Nothing is written unless it predicts the
    validation pictures from the file as it does in the program.
    """
    from scenes.app.export import export_final
    from scenes.app.request import Request

    quieten_tensorflow()
    found = export_final(Request(**options), open_console(stderr=True), to=to, seed=seed)
    say(f"{found.name}, run {found.run}: {found.model}")
    same = "equal those on record" if not found.apart else f"differ by up to {found.apart:.2g}"
    say(f"its validation probabilities {same}")
    say(f"Use it: scenes predict {shlex.quote(str(to))} PICTURES…", error=True)


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print every probability, as JSON.")
@click.option("--max-pixels", type=click.IntRange(min=1), help="Refuse larger pictures.")
def predict(
    model: Path, pictures: tuple[Path, ...], top: int, as_json: bool, max_pixels: int | None
) -> None:
    """Name PICTURES by the network of MODEL, a folder that `scenes export` has written.

    No code of the file is run, so it may come from anybody. PICTURES are files, or folders.
    """
    from scenes.app.predicting import predict as name_pictures
    from scenes.system.formatting import printable

    quieten_tensorflow()
    named = name_pictures(model, pictures, max_pixels=max_pixels)
    if as_json:
        rows = zip(named.pictures, named.probabilities.tolist(), strict=True)
        told = {printable(path): dict(zip(named.classes, row, strict=True)) for path, row in rows}
        say(json.dumps(told, indent=1, ensure_ascii=False))
        return
    for index, path in enumerate(named.pictures):
        likely = named.likeliest(index, top)
        say(f"{printable(path)}: {', '.join(f'{name} {share:.1%}' for name, share in likely)}")
