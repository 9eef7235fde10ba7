"""Tells what the results can show at all: a plan in, sentences and numbers for a template out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from markupsafe import Markup

from scenes.claims.comparison import compare_study, compare_values
from scenes.claims.facts import Fact, Kind
from scenes.plan.plan import Plan
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import measure_kind
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.report.views.study import StudyView, TrialView
from scenes.stats.folds import whole_predictions
from scenes.stats.inference import sampling_margin, spread
from scenes.stats.power import detectable_lead, seeds_for_equality
from scenes.stats.simultaneous import ALPHA


@dataclass(frozen=True)
class PowerView:
    """What a template may say of the power of a report's comparisons."""

    plan: Plan
    words: Words

    @property
    def seeds(self) -> PrintedFact:
        """How many runs each trial has, at most."""
        return self._fact("seeds", self._most, "integer")

    @property
    def pictures(self) -> PrintedFact:
        """On how many pictures validation accuracy is measured."""
        wholes = [
            whole_predictions(trial.records)[0]
            for study in self.plan.studies
            for trial in study.trials
            if trial.records
        ]
        most = max((len(whole.truth) for whole in wholes), default=0)
        return self._fact("pictures", most, "integer")

    @property
    def margin(self) -> PrintedFact:
        """Half the 95 % interval of an accuracy of 50 %, from the number of pictures alone."""
        margin = sampling_margin(0.5, int(self.pictures.value)) if self.pictures.value else np.nan
        return self._fact("margin", float(margin), "points")

    @property
    def values(self) -> PrintedFact:
        """How many values the study with the most of them compares."""
        finished = (sum(bool(one.records) for one in study.trials) for study in self.plan.studies)
        return self._fact("values", max(finished, default=0), "integer")

    @property
    def lead(self) -> PrintedFact:
        """The difference in that study that is mostly found, in deviations between seeds."""
        return self._fact("lead", self._lead, "decimal")

    @property
    def found_accuracy(self) -> PrintedFact:
        """That difference in validation accuracy, at the median deviation of the report."""
        return self._fact("found_accuracy", self._lead * self._deviation, "points")

    @property
    def equal_within(self) -> PrintedFact:
        """Values whose accuracies differ by less count as practically equal."""
        return self._fact("equal_within", self.plan.report.equal_within, "points")

    @property
    def seeds_for_equality(self) -> PrintedFact:
        """How many seeds would mostly show that equal values are practically equal."""
        values, margin = max(2, int(self.values.value)), self.plan.report.equal_within
        known = self._deviation if math.isfinite(self._deviation) else None
        needed = seeds_for_equality(known, margin, values) if known is not None else None
        return self._fact("seeds_for_equality", math.inf if needed is None else needed, "integer")

    @property
    def _lead(self) -> float:
        alpha = min((study.alpha for study in self.plan.studies), default=ALPHA)
        return detectable_lead(self._most, max(2, int(self.values.value)), alpha=alpha)

    @property
    def fold_lead(self) -> PrintedFact:
        """The difference in validation accuracy that folds mostly show: the median over pairs."""
        return self._fact("fold_lead", self._fold_lead, "points")

    @cached_property
    def _fold_lead(self) -> float:
        tests = (compare_study(study, "val_accuracy") for study in self.plan.studies)
        leads = [pair.detectable for found in tests for pair in found.values()]
        finite = [lead for lead in leads if math.isfinite(lead)]
        return float(np.median(finite)) if finite else math.inf

    @property
    def _most(self) -> int:
        runs = [len(trial.runs) for study in self.plan.studies for trial in study.trials]
        return max(runs, default=self.plan.report.most_seeds)

    def detectable(
        self, study: StudyView, first: TrialView, second: TrialView, metric: str = "val_loss"
    ) -> PrintedFact:
        """Return the smallest difference of two values that these runs would mostly find."""
        keys = first.key, second.key
        size = compare_values(study.plan, *keys, metric=metric).detectable
        kind: Kind = "loss" if measure_kind(metric) == "loss" else "points"
        labels = f"{first.label}, {second.label}"
        name = f"{study.name}.{'.'.join(keys)}.{metric}"
        return self._fact("detectable", size, kind, name=name, labels=labels)

    @property
    def sentence(self) -> Markup:
        """What this number of seeds can show, in words."""
        return Markup(" ").join(self._sentences())

    def _sentences(self) -> Iterator[Markup]:
        words = self.words
        if self._most == 1:
            yield words.html("power.one_seed")
            return
        if self.plan.report.data.folds:
            if math.isfinite(self._fold_lead):
                yield words.html("power.folds", n=self.seeds, points=self.fold_lead.cell)
            return
        yield words.html("power.lead", n=self.seeds, lead=self.lead, values=self.values)
        if math.isfinite(self._deviation):
            yield words.html("power.found", points=self.found_accuracy.cell)
            yield words.html("power.unnoticed")
            needed = self.seeds_for_equality
            key = "power.equal" if math.isfinite(needed.value) else "power.never_equal"
            yield words.html(key, margin=self.equal_within, needed=needed)

    @cached_property
    def _deviation(self) -> float:
        """The median deviation of validation accuracy between seeds; NaN with one seed."""
        samples = [
            [record.final("val_accuracy") for record in trial.records]
            for study in self.plan.studies
            for trial in study.trials
        ]
        deviations = [found for values in samples if (found := spread(values)) is not None]
        finite = [one for one in deviations if math.isfinite(one)]
        return float(np.median(finite)) if finite else math.nan

    def _fact(
        self, what: str, value: float, kind: Kind, *, name: str = "", labels: str = ""
    ) -> PrintedFact:
        source = Source(self.words("section.limits"), labels, self.words(f"measure.power.{what}"))
        return PrintedFact(Fact(f"power.{name or what}", value, kind), self.words, source)
