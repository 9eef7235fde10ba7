"""What the model commands list is what a report can name."""

from tables import printed

from scenes.cli.model_listing import models_table, summary_table, weights_lines
from scenes.spec import registry
from scenes.spec.builtin_backbones import BACKBONES


def test_every_model_and_backbone_is_listed() -> None:
    """A name that a report can use stands in the list."""
    text = printed(models_table())
    assert all(name in text for name in [*registry.current().models, *BACKBONES])


def test_every_backbone_has_a_line_of_weights() -> None:
    """Each line names the file that Keras looks for; the last says where."""
    lines = list(weights_lines(224))
    assert len(lines) == len(BACKBONES) + 1
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in lines[0]


def test_a_summary_prints_its_layers_and_totals() -> None:
    """Counts are grouped, and nothing is cut off at 80 columns."""
    layer = {
        "name": "dense",
        "type": "Dense",
        "output_shape": [None, 120],
        "parameters": 61560,
        "trainable": 61560,
    }
    counts = {"parameters": 63375, "trainable": 63375, "frozen": 0}
    text = printed(summary_table({"layers": [layer], **counts}, "head"))
    assert "61,560" in text
    assert "63,375" in text
    assert "(None, 120)" in text
