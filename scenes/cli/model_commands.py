"""The commands on models and their weights. Each imports what it needs when it runs."""

from pathlib import Path

import click

from scenes.cli.components import asker, trust_option
from scenes.cli.terminal import open_console, quieten_tensorflow, say


@click.command()
@click.argument("name", required=False)
@click.option("--image-size", type=click.IntRange(min=8), default=32, show_default=True)
@click.option("--classes", type=click.IntRange(min=2), default=15, show_default=True)
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder of a report whose own models are known as well.",
)
@click.option(
    "--expect",
    is_flag=True,
    help="Print the counts of NAME, to paste into @model(…) or report.toml.",
)
@trust_option
@click.pass_context
def models(
    context: click.Context,
    name: str | None,
    image_size: int,
    classes: int,
    folder: Path | None,
    expect: bool,
    trust: bool,
) -> None:
    """List the models, or the layers of one; a backbone before freezing and with its head."""
    from scenes.app.trust import report_components
    from scenes.cli.model_listing import counts_line, expected_lines, models_table, summary_table
    from scenes.spec.component_files import components_of

    own = report_components(folder, trust=trust, ask=asker()) if folder else components_of(None)
    context.with_resource(own)
    if expect and name is None:
        raise click.UsageError("--expect needs the NAME of a model")
    console = open_console()
    if name is None:
        console.print(models_table())
        return
    from scenes.spec.settings import named_settings

    settings = named_settings(name, image_size=image_size)
    quieten_tensorflow()
    if expect:
        from scenes.training.model_operations import counts_of, counts_with

        say(counts_line(name, counts_of(settings)))
        counts = counts_with(settings, classes)
        say(f"\n{expected_lines(name, image_size=image_size, classes=classes, counts=counts)}")
        return
    from scenes.training.model_summary import summarise
    from scenes.training.models import build_model

    summary = summarise(build_model(settings.model_dump(), classes))
    if summary["backbone"] is not None:
        console.print(summary_table(summary["backbone"], f"{name}, nothing frozen"))
        console.print(summary_table(summary, f"{name} frozen, with its head"))
    else:
        console.print(summary_table(summary, name))


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--backbone", help="The backbone that FILE is for.")
@click.option("--image-size", type=click.IntRange(min=8), default=224, show_default=True)
def weights(file: Path | None, backbone: str | None, image_size: int) -> None:
    """List which pretrained weights are here, or take FILE into place for a backbone."""
    from scenes.cli.model_listing import weights_lines
    from scenes.training.weights_install import install_weights

    if (file is None) != (backbone is None):
        raise click.UsageError("a FILE and its --backbone go together")
    if file is None or backbone is None:
        say("\n".join(weights_lines(image_size)))
        return
    quieten_tensorflow()
    say(f"installed as {install_weights(file, backbone, image_size=image_size)}")
