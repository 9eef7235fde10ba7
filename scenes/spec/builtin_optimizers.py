"""The built-in optimizers and learning-rate schedules, as entries of the registry."""

from collections.abc import Mapping

from scenes.spec.entries import FlatSettings, OptimizerEntry, ScheduleEntry


def _sgd_slots(settings: FlatSettings) -> int:
    return int(settings["momentum"] > 0)


def _one_slot(settings: FlatSettings) -> int:
    return 1


def _two_slots(settings: FlatSettings) -> int:
    return 2


OPTIMIZERS: Mapping[str, OptimizerEntry] = {
    "sgd": OptimizerEntry("keras.optimizers:SGD", "SGD", _sgd_slots, ("momentum",)),
    "adam": OptimizerEntry("keras.optimizers:Adam", "Adam", _two_slots),
    "adamw": OptimizerEntry("keras.optimizers:AdamW", "AdamW", _two_slots),
    "rmsprop": OptimizerEntry("keras.optimizers:RMSprop", "RMSprop", _one_slot),
}

SCHEDULES: Mapping[str, ScheduleEntry] = {
    "constant": ScheduleEntry("scenes.training.schedules:constant", "value.constant"),
    "cosine": ScheduleEntry(
        "scenes.training.schedules:cosine", "value.cosine", ("schedule_floor",)
    ),
    "exponential": ScheduleEntry(
        "scenes.training.schedules:exponential",
        "value.exponential",
        ("schedule_factor", "schedule_every"),
    ),
    "step": ScheduleEntry(
        "scenes.training.schedules:step", "value.step", ("schedule_factor", "schedule_every")
    ),
}
