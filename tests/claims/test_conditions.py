"""What is said of how values were trained rests on their settings."""

import pytest
from outcomes import Outcome, plan_of, study_table

from scenes.claims.conditions import trains_with

STUDY = plan_of(
    [study_table("optimizer", ["sgd", "adam"], set={"learning_rate": 0.01})],
    lambda *_: Outcome(),
).studies[0]


@pytest.mark.parametrize(
    ("settings", "keys", "status"),
    [
        ({"learning_rate": 0.01}, (), "supported"),
        ({"learning_rate": 0.02}, (), "contradicted"),
        ({"optimizer": "sgd"}, (), "inconclusive"),
        ({"optimizer": "sgd"}, ("sgd",), "supported"),
        ({"optimizer": "sgd"}, ("adam",), "contradicted"),
        ({"optimizer": "adam", "learning_rate": 0.01}, ("adam",), "supported"),
        ({"trainable": "none"}, (), "contradicted"),
    ],
)
def test_settings_decide(settings: dict[str, object], keys: tuple[str, ...], status: str) -> None:
    """All, some or none of the values; a setting that a model does not take is not had."""
    assert trains_with(STUDY, keys=keys, **settings).status == status


@pytest.mark.parametrize("settings", [{}, {"optimiser": "sgd"}])
def test_an_unknown_setting_is_refused(settings: dict[str, object]) -> None:
    """A misspelt name would otherwise be false of everything."""
    with pytest.raises(ValueError, match="needs settings by their names"):
        trains_with(STUDY, **settings)
