"""What `plan` lists is what is planned."""

from dataclasses import replace

from conftest import MakePlan, MakeRecord
from tables import printed

from scenes.cli.plan_listing import memory_lines, plan_table, power_lines, sharing_lines, time_lines
from scenes.plan.memory import expected_memory
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.plan.timing import Times
from scenes.spec import registry
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings
from scenes.stats.power import detectable_lead, seeds_for_equality
from scenes.system.formatting import said_size

SMALL, LARGE = Settings(image_size=32), Settings(image_size=224)


def shared_plan(make_plan: MakePlan, make_record: MakeRecord) -> Plan:
    """Return a plan of two studies that share a recorded run; a large run is missing."""
    done = Run("done", SMALL, 0, {}, make_record("done"))
    large = Run("large", LARGE, 0, {}, None)
    plan = make_plan([(SMALL, None)] * 2, waiting=("later",))
    first, second = (
        tuple(Trial(run.id, run.id, run.settings, (run,)) for run in runs)
        for runs in ((done, large), (done,))
    )
    study = plan.studies[0].study
    other = study.model_copy(update={"name": "other"})
    return Plan(
        plan.report, (StudyPlan(study, first, (), None), StudyPlan(other, second, (), None))
    )


def test_a_plan_counts_each_run_once(make_plan: MakePlan, make_record: MakeRecord) -> None:
    """Studies, what they share, what is recorded, what is to do and how long it takes."""
    plan = shared_plan(make_plan, make_record)
    times = Times(lambda _: (1500, 2985))
    rows = [line.split() for line in printed(plan_table(plan, times, workers=2)).splitlines()]
    (batch,) = [row for row in rows if row[:1] == ["batch"]]
    (other,) = [row for row in rows if row[:1] == ["other"]]
    (once,) = [row for row in rows if row[:1] == ["once"]]
    assert batch[1:5] == ["2", "1", "1", "1"]
    assert other[1:] == ["1", "1", "1"]
    assert once[2:5] == ["2", "1", "1"]
    assert batch[-1] == "min"
    assert list(sharing_lines(plan)) == ["shared: batch done = other done"]


def one_each(_: Settings) -> tuple[int, int]:
    """Return a picture of each split."""
    return 1, 1


def test_times_say_what_they_are_worth(make_plan: MakePlan, make_record: MakeRecord) -> None:
    """A guess, or so many runs on this machine; where nothing is to do, nothing."""
    plan = shared_plan(make_plan, make_record)
    assert "a guess" in " ".join(time_lines(plan, Times(one_each), workers=2))
    assert "after 3 runs" in " ".join(time_lines(plan, Times(one_each, 2.0, 3), workers=2))
    guessed = replace(BUILT_IN.models["tutorial"], is_cost_guessed=True)
    with registry.using(replace(BUILT_IN, models={**BUILT_IN.models, "tutorial": guessed})):
        told = " ".join(time_lines(plan, Times(one_each), workers=2))
    assert "of tutorial as of a small residual network, a guess: state operations=" in told
    finished = make_plan([(SMALL, make_record())] * 2)
    assert list(time_lines(finished, Times(one_each), workers=2)) == []
    assert list(memory_lines(finished, workers=2, available=0)) == []


def test_what_seeds_can_show_is_said_before_training() -> None:
    """One seed decides nothing; of several, what they find and what equality takes."""
    (only,) = power_lines(1, [4], margin=0.02)
    assert "one decides nothing between values" in only
    found, equality = power_lines(3, [2, 4], margin=0.02)
    assert f"{detectable_lead(3, 4):.1f} standard deviations between 4 values and" in found
    assert f"{detectable_lead(3, 2):.1f} between 2" in found
    assert f"{seeds_for_equality(0.04, 0.02, 4)} where seeds spread by 4%" in equality
    _, never = power_lines(2, [2], margin=1e-6)
    assert "more than 10000 where" in never


def test_too_little_memory_is_told_before(make_plan: MakePlan, make_record: MakeRecord) -> None:
    """The largest run by name, and what becomes of it where it does not fit."""
    plan, need = shared_plan(make_plan, make_record), expected_memory(LARGE)
    (enough,) = memory_lines(plan, workers=2, available=3 * need)
    told = f"the largest run (batch large) needs about {said_size(need)};"
    assert enough.startswith(f"memory: {told}")
    _, narrow = memory_lines(plan, workers=2, available=1.5 * need)
    assert "no room for 2 of its size" in narrow
    _, little = memory_lines(plan, workers=2, available=0.5 * need)
    assert "will run alone" in little
