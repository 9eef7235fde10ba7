"""Tells what the results can show at all: a plan in, sentences and numbers for a template out."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from markupsafe import Markup

from scenes.claims.differences import compare_values
from scenes.claims.facts import Fact, Kind
from scenes.plan.plan import Plan
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.report.views.study import StudyView, TrialView
from scenes.runs.record import Record
from scenes.stats.inference import ALPHA, sampling_margin
from scenes.stats.paired import compare_records
from scenes.stats.power import (
    detectable_difference,
    seeds_for_rank_test,
    smallest_rank_p,
)


@dataclass(frozen=True)
class PowerView:
    """What a template may say of the power of a report's comparisons."""

    plan: Plan
    words: Words

    @property
    def seeds(self) -> PrintedFact:
        """How many runs each trial has, at most."""
        return self._fact("seeds", len(self.plan.report.seeds), "integer")

    @property
    def pictures(self) -> PrintedFact:
        """On how many pictures validation accuracy is measured."""
        records = [run.result for run in self.plan.runs if isinstance(run.result, Record)]
        most = max((len(record.predictions.truth) for record in records), default=0)
        return self._fact("pictures", most, "integer")

    @property
    def margin(self) -> PrintedFact:
        """Half the 95 % interval of an accuracy of 50 %, from the number of pictures alone."""
        margin = sampling_margin(0.5, int(self.pictures.value)) if self.pictures.value else np.nan
        return self._fact("margin", float(margin), "points")

    @property
    def smallest_p(self) -> PrintedFact:
        """The smallest two-sided p-value that a rank test over these seeds can give."""
        smallest = smallest_rank_p(len(self.plan.report.seeds))
        # Two decimals would round 0.125 up, and "not under 0.13" would be wrong.
        return self._fact("smallest_p", smallest, "decimal" if smallest >= 0.25 else "loss")

    @property
    def seeds_needed(self) -> PrintedFact:
        """The fewest seeds with which a rank test can reach the level."""
        return self._fact("seeds_needed", seeds_for_rank_test(), "integer")

    @property
    def effect(self) -> PrintedFact:
        """What a paired t-test over these seeds mostly finds, in deviations of the differences."""
        effect = detectable_difference(1.0, len(self.plan.report.seeds))
        return self._fact("effect", effect, "decimal")

    @property
    def found_accuracy(self) -> PrintedFact:
        """That difference in validation accuracy, at the median deviation of the report's pairs."""
        return self._fact("found_accuracy", self._detectable(ALPHA), "points")

    @property
    def pairs(self) -> PrintedFact:
        """How many pairs of values the study with the most of them compares."""
        finished = (sum(bool(one.records) for one in study.trials) for study in self.plan.studies)
        return self._fact("pairs", max((math.comb(n, 2) for n in finished), default=0), "integer")

    @property
    def corrected_accuracy(self) -> PrintedFact:
        """The difference of `found_accuracy` at Holm's strictest level in that study."""
        strictest = ALPHA / max(1, int(self.pairs.value))
        return self._fact("corrected", self._detectable(strictest), "points")

    def _detectable(self, alpha: float) -> float:
        deviation = float(np.median(self._deviations)) if self._deviations else np.nan
        return detectable_difference(deviation, len(self.plan.report.seeds), alpha=alpha)

    def detectable(
        self, study: StudyView, first: TrialView, second: TrialView, metric: str = "val_loss"
    ) -> PrintedFact:
        """Return the smallest difference of two values that these runs would mostly find."""
        keys = first.key, second.key
        size = compare_values(study.plan, *keys, metric=metric).detectable
        kind: Kind = "loss" if metric.endswith("loss") else "points"
        labels = f"{first.label}, {second.label}"
        name = f"{study.name}.{'.'.join(keys)}.{metric}"
        return self._fact("detectable", size, kind, name=name, labels=labels)

    @property
    def sentence(self) -> Markup:
        """What this number of seeds can show, in words."""
        return Markup(" ").join(self._sentences())

    def _sentences(self) -> Iterator[Markup]:
        words, seeds = self.words, len(self.plan.report.seeds)
        alpha = self._fact("alpha", ALPHA, "decimal")
        if seeds == 1:
            yield words.html("power.one_seed", needed=self.seeds_needed, alpha=alpha)
            return
        reached = "reached" if self.smallest_p.value <= ALPHA else "not_reached"
        yield words.html(
            f"power.{reached}",
            n=self.seeds,
            p=self.smallest_p,
            alpha=alpha,
            needed=self.seeds_needed,
        )
        yield words.html("power.effect", effect=self.effect)
        if self._deviations:
            yield words.html("power.found", points=self.found_accuracy.cell)
            if self.pairs.value > 1:
                points = self.corrected_accuracy.cell
                yield words.html("power.corrected", points=points, pairs=self.pairs)
            yield words.html("power.unnoticed")

    @cached_property
    def _deviations(self) -> list[float]:
        """The deviation over seeds of each pair of values of a study that has several seeds."""
        found = [
            compare_records(one.records, other.records, "val_accuracy")
            for study in self.plan.studies
            for one, other in itertools.combinations(study.trials, 2)
            if one.records and other.records
        ]
        # Of a pair that is equal throughout, such as a network and itself, there is none.
        deviations = (item.deviation for item in found if item.basis == "seeds" and item.n > 1)
        return [one for one in deviations if math.isfinite(one)]

    def _fact(
        self, what: str, value: float, kind: Kind, *, name: str = "", labels: str = ""
    ) -> PrintedFact:
        source = Source(self.words("section.limits"), labels, self.words(f"measure.power.{what}"))
        return PrintedFact(Fact(f"power.{name or what}", value, kind), self.words, source)
