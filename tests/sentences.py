"""What each sentence of the catalogue asserts, checked against results that were worked out anew.

A sentence is recognised by the pattern of its key in the language's catalogue, whose parameters are
read back from the text; nothing of `scenes` is imported. Keys without a check assert nothing about
results (they define, point or list), and are named in `SILENT`.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import independent as own
from independent import StudyFiles, Value

Params = Mapping[str, str]
Opened = tuple[int, own.Splits | None]
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\da-z_]|[“«¿]|\{)")


@dataclass(frozen=True)
class Language:
    """A catalogue, flattened: text by key."""

    texts: Mapping[str, str]
    is_comma: bool
    known: dict[str, tuple[str, dict[str, str]] | None] = field(default_factory=dict)
    """What sentences were recognised as."""

    @cached_property
    def patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        """The pattern of every sentence, by its key; those with most text first."""
        found: list[tuple[str, str]] = []
        for key, text in self.texts.items():
            if key.partition(".")[0] in ("guard", "with", "alt", "list"):
                continue
            for index, sentence in enumerate(SENTENCE_END.split(text)):
                if _literal(sentence) >= 8:
                    found.append((f"{key}#{index}" if index else key, sentence))
        found.sort(key=lambda item: -_literal(item[1]))
        return [(key, sentence_pattern(sentence)) for key, sentence in found]

    def recognise(self, sentence: str) -> tuple[str, dict[str, str]] | None:
        """Return the key of a sentence, and what stands for its parameters; None for others.

        Of several keys it is the one with most text of its own.
        """
        if sentence not in self.known:
            matches = ((key, pattern.fullmatch(sentence)) for key, pattern in self.patterns)
            found = next(((key, match) for key, match in matches if match), None)
            self.known[sentence] = found and (found[0], found[1].groupdict())
        return self.known[sentence]

    def number(self, text: str) -> float:
        """Return the first number of a text."""
        found = re.search(r"[-−]?\d[\d.,\u202f ]*", text)
        if found is None:
            return float("nan")
        digits = re.sub(r"[\u202f ]", "", found[0]).rstrip(".,").replace("−", "-")
        digits = (
            digits.replace(".", "").replace(",", ".") if self.is_comma else digits.replace(",", "")
        )
        return float(digits)


@cache
def read_language(path: Path) -> Language:
    """Read a catalogue."""
    texts = dict(_flatten(tomllib.loads(path.read_text(encoding="utf-8"))))
    return Language(texts, path.stem.startswith("es"))


def _flatten(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, item in table.items():
        if isinstance(item, Mapping):
            yield from _flatten(item, f"{before}{name}.")
        else:
            yield before + name, " ".join(str(item).replace("¦", "").split())


def _literal(text: str) -> int:
    return len(re.sub(r"\{\w+\}", "", text))


def sentence_pattern(text: str) -> re.Pattern[str]:
    """Return what finds a sentence, whose `{name}` stand for what is printed in it."""
    seen: set[str] = set()
    parts = []
    for index, part in enumerate(re.split(r"\{(\w+)\}", text)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            # What stands in brackets is no part of the next sentence.
            inside = "[^()]" if part.startswith("with_") else "."
            parts.append(f"(?P<{part}>{inside}+?)")
    whole = "".join(parts)
    if text[:1].isalpha():
        whole = f"[{text[0].upper()}{text[0].lower()}]" + whole[1:]
    return re.compile(whole)


@dataclass(frozen=True)
class Teller:
    """Knows what the results of one study say.

    Attributes:
        study: Its results.
        language: Of the report.
    """

    study: StudyFiles
    language: Language

    def named(self, text: str) -> set[str]:
        """Return the keys of the values that a text names."""
        if text == self.language.texts["overfit.everywhere"]:
            return {value.key for value in self.study.done}
        found: set[str] = set()
        forms = [(value.label, value.key) for value in self.study.values]
        for value in self.study.values:
            form = self.language.texts.get(f"with.{self.study.factor}.{value.key}")
            forms += [(form, value.key)] if form and "{" not in form else []
        for form, key in sorted(forms, key=lambda item: -len(item[0])):
            first = f"[{form[0].upper()}{form[0].lower()}]" if form[:1].isalpha() else ""
            whole = first + re.escape(form[1:] if first else form)  # it may begin a sentence
            pattern = rf"(?<![\w.,×]){whole}(?![\w×]|[.,]\d)"
            if re.search(pattern, text):
                found.add(key)
                text = re.sub(pattern, "·", text)
        return found

    def metric(self, text: str) -> str:
        """Return the measure that a sentence calls so: a metric or its superlative."""
        for group in ("metric", "superlative"):
            for key, words in self.language.texts.items():
                if key.startswith(f"{group}.") and words.lower() == text.lower():
                    return key.partition(".")[2]
        raise KeyError(text)

    def is_printed(self, text: str, measure: str, mean: float) -> bool:
        """Return whether a text is this figure, rounded as it is written."""
        shown = self.language.number(text)
        decimals = (
            re.search(r"\d[.,](\d+)(?!\d)", re.split("±", text)[0])
            if measure not in COUNTED
            else None
        )
        step = 10.0 ** -(len(decimals[1]) if decimals else 0)
        is_share = measure.endswith("accuracy") or measure == "gap"
        scaled = mean * 100 if is_share else mean
        return abs(shown - scaled) <= 0.5 * step + 1e-9

    def tied(self, measure: str, end: Callable[..., float]) -> set[str]:
        """Return the values whose mean is printed like that of the one at an end."""
        digits = (
            3 if measure.endswith("accuracy") or measure == "gap" or measure.endswith("loss") else 0
        )
        means = {value.key: value.mean(measure) for value in self.study.done}
        last = end(means.values())
        return {key for key, mean in means.items() if f"{mean:.{digits}f}" == f"{last:.{digits}f}"}

    def top(self, metric: str) -> Value:
        """Return the first of the values that end best."""
        sign = -1 if metric.endswith("loss") else 1
        return max(self.study.done, key=lambda value: sign * value.mean(metric))

    def beaten(self, metric: str) -> dict[str, str]:
        """Return of each other value whether the best one beats it."""
        top = self.top(metric)
        others = [value.key for value in self.study.done if value is not top]
        return {key: own.compare(self.study, top.key, (key,), metric) for key in others}

    @property
    def is_single(self) -> bool:
        """Return whether no value has two finished runs."""
        return all(len(value.done) < 2 for value in self.study.values)

    def each(self, text: str, judge: Callable[[Value], str], status: str) -> bool:
        """Return whether a text names values, and all of them have that status."""
        keys = self.named(text)
        return bool(keys) and all(judge(self.study.value(key)) == status for key in keys)


COUNTED = ("parameters", "trainable", "frozen")


def _same(it: Teller, p: Params) -> bool:
    measure = it.metric(p["metric"])
    keys = {value.key for value in it.study.done}
    return it.tied(measure, max) == keys and it.is_printed(
        p["value"], measure, it.top(measure).mean(measure)
    )


def _leads(it: Teller, p: Params) -> tuple[str, bool]:
    """Return the metric of a sentence on who leads, and whether it names them and their figure."""
    metric = it.metric(p["best"])
    end = min if metric.endswith("loss") else max
    named = it.named(p["values"]) == it.tied(metric, end)
    return metric, named and it.is_printed(p["value"], metric, it.top(metric).mean(metric))


def _leader(it: Teller, p: Params, holds: Callable[[dict[str, str]], bool]) -> bool:
    metric, is_named = _leads(it, p)
    return is_named and not it.is_single and holds(_others(it, metric))


def _others(it: Teller, metric: str) -> dict[str, str]:
    """Return of each value whether the best one beats it, less those that are named with it."""
    tied = it.tied(metric, min if metric.endswith("loss") else max)
    beaten = it.beaten(metric)
    return {key: found for key, found in beaten.items() if key not in tied} or beaten


def _mixed(it: Teller, p: Params) -> bool:
    metric, is_named = _leads(it, p)
    return is_named and _parted(it, p, metric)


def _parted(it: Teller, p: Params, metric: str) -> bool:
    """Return whether the values behind the best one, and those level with it, are named."""
    beaten = _others(it, metric)
    behind = {key for key, status in beaten.items() if status == "supported"}
    named = "behind" not in p or it.named(p["behind"]) == behind
    return named and bool(behind) and it.named(p["level"]) == set(beaten) - behind


def _order(it: Teller, p: Params, kind: str, direction: str) -> bool:
    metric = it.metric(p["metric"])
    numeric = sorted(it.study.done, key=lambda value: float(value.settings[it.study.factor]))
    keys = [value.key for value in numeric]
    means = [value.mean(metric) for value in numeric]
    ends = zip(("first", "last"), (means[0], means[-1]), strict=True)
    if not all(it.is_printed(p[name], metric, mean) for name, mean in ends if name in p):
        return False
    if direction == "one_seed":
        return it.is_single
    low, high = own.intervals(it.study, metric)[keys[-1], keys[0]][1:]
    if kind == "none":
        ordered = [own.ordered(it.study, metric, way, keys) for way in ("rises", "falls")]
        return low <= 0 <= high and "supported" not in ordered
    sign = 1 if direction == "rises" else -1
    is_sure = low > 0 if sign > 0 else high < 0
    is_steady = own.ordered(it.study, metric, direction, keys) == "supported"
    goes = all(sign * (after - before) > 0 for before, after in pairwise(means))
    found = {"steady": is_steady, "ends": is_sure and not is_steady, "unsure": goes and not is_sure}
    return found[kind]


def _gaps(it: Teller, p: Params) -> bool:
    if not it.each(p["where"], own.has_gap, "supported"):
        return False
    gaps = sorted(it.study.value(key).mean("gap") for key in it.named(p["where"]))
    high = p.get("high", p["low"])
    return it.is_printed(p["low"], "gap", gaps[0]) and it.is_printed(high, "gap", gaps[-1])


def _turn(it: Teller, p: Params) -> bool:
    (value,) = [value for value in it.study.done if own.overfits(value) == "supported"]
    numbers = it.is_printed(p["lowest"], "val_loss", value.mean("best_val_loss"))
    return numbers and it.is_printed(p["end"], "val_loss", value.mean("val_loss"))


def _all(it: Teller, judge: Callable[[Value], str], status: str) -> bool:
    return bool(it.study.done) and all(judge(value) == status for value in it.study.done)


def _partly(it: Teller, p: Params) -> bool:
    (key,) = it.named(p["values"])
    value = it.study.value(key)
    shown = it.language.number(p["done"]), it.language.number(p["all"])
    return shown == (len(value.done), len(value.runs)) and 0 < len(value.done) < len(value.runs)


def _stopped(it: Teller, p: Params) -> bool:
    for key in it.named(p["values"]):
        value = it.study.value(key)
        lengths = sorted(len(run.curves["loss"]) for run in value.done)
        shown = [int(it.language.number(end)) for end in p["epochs"].split("–")]
        if shown not in ([lengths[-1]], [lengths[0], lengths[-1]]):
            return False
        if "planned" in p and lengths[0] >= value.settings["epochs"]:
            return False
    return True


def _rank_lead(it: Teller, p: Params, *, is_any: bool) -> bool:
    """Return whether the value that the rule takes is told apart from none, or not from each."""
    key, rule = it.study.by_rule(), it.study.rule
    if key is None or rule is None or it.is_single or not _is_chosen(it, p["values"], key):
        return False
    others = [value.key for value in it.study.done if value.key != key]
    beaten = [own.compare(it.study, key, (other,), rule["by"]) == "supported" for other in others]
    return not any(beaten) if is_any else not all(beaten)


def _rule_over_chosen(it: Teller, p: Params) -> str:
    rule, chosen = it.study.by_rule(), it.study.chosen()
    if rule is None or chosen is None or it.study.rule is None:
        return "unknown"
    if not _is_chosen(it, p["values"], rule):
        return "another is named"
    return own.compare(it.study, rule, (chosen,), it.study.rule["by"])


def _is_chosen(it: Teller, text: str, key: str | None) -> bool:
    return key is not None and it.named(text) == {key}


def _statuses(wanted: Sequence[str], *, is_all: bool = True) -> Callable[[dict[str, str]], bool]:
    return lambda found: bool(found) and all(status in wanted for status in found.values())


OPEN, CLEAR, EQUAL = (
    _statuses(it) for it in (("inconclusive", "equal"), ("supported",), ("equal",))
)

CHECKS: dict[str, Callable[[Teller, Params], bool]] = {
    "seen.same": _same,
    "seen.only": lambda it, p: (
        len(it.study.done) == 1
        and it.is_printed(p["val"], "val_accuracy", it.study.done[0].mean("val_accuracy"))
        and it.is_printed(p["loss"], "val_loss", it.study.done[0].mean("val_loss"))
    ),
    "seen.nothing": lambda it, p: not it.study.done,
    "seen.unplanned": lambda it, p: not it.study.values,
    "seen.failed": lambda it, p: (
        it.named(p["values"]) == {value.key for value in it.study.values if not value.done}
    ),
    "seen.partly": _partly,
    "chance.none": lambda it, p: _all(it, own.leaves_chance, "contradicted"),
    "chance.some": lambda it, p: it.each(p["values"], own.leaves_chance, "contradicted"),
    "chance.open": lambda it, p: it.each(p["values"], own.leaves_chance, "inconclusive"),
    "leader.clear": lambda it, p: _leader(it, p, CLEAR),
    "leader.open": lambda it, p: _leader(it, p, OPEN),
    "leader.equal": lambda it, p: _leader(it, p, EQUAL),
    "leader.mixed": lambda it, p: _leads(it, p)[1],
    "leader.mixed#1": lambda it, p: any(
        _parted(it, p, metric) for metric in ("val_loss", "val_accuracy")
    ),
    "leader.one_seed": lambda it, p: it.is_single and _leads(it, p)[1],
    "leader.one_seed#1": lambda it, p: it.is_single,
    "leader.both": lambda it, p: (
        _leader(it, p, CLEAR)
        and _leader(it, {**p, "best": p["other"], "value": p["other_value"]}, CLEAR)
    ),
    "conclusion.clear": lambda it, p: _leader(it, p, CLEAR),
    "conclusion.open": lambda it, p: _leader(it, p, OPEN),
    "conclusion.equal": lambda it, p: _leader(it, p, EQUAL),
    "conclusion.mixed": _mixed,
    "conclusion.one_seed": lambda it, p: it.is_single and _leads(it, p)[1],
    "conclusion.nothing": lambda it, p: not it.study.done,
    "conclusion.only": lambda it, p: len(it.study.done) == 1,
    "overfit.none": lambda it, p: _all(it, own.overfits, "contradicted"),
    "overfit.undecided": lambda it, p: _all(it, own.overfits, "inconclusive"),
    "overfit.some": lambda it, p: it.each(p["where"], own.overfits, "supported"),
    "overfit.open": lambda it, p: it.each(p["values"], own.overfits, "inconclusive"),
    "overfit.open_first": lambda it, p: it.each(p["values"], own.overfits, "inconclusive"),
    "overfit.no": lambda it, p: it.each(p["values"], own.overfits, "contradicted"),
    "overfit.diverged": lambda it, p: it.each(p["where"], own.diverged, "supported"),
    "overfit.gap": _gaps,
    "overfit.gaps": _gaps,
    "overfit.turn_here": _turn,
    "overfit.turn_most": lambda it, p: (
        it.each(p["values"], own.overfits, "supported")
        and sum(own.overfits(value) == "supported" for value in it.study.done) > 1
    ),
    "choice.going_on": lambda it, p: _is_chosen(it, p["values"], it.study.chosen()),
    "choice.rule_unknown": lambda it, p: it.study.by_rule() is None,
    "choice.none_told_apart": lambda it, p: _rank_lead(it, p, is_any=True),
    "choice.not_told_apart": lambda it, p: _rank_lead(it, p, is_any=False),
    "choice.worse": lambda it, p: _rule_over_chosen(it, p) == "supported",
    "choice.level": lambda it, p: _rule_over_chosen(it, p) in ("inconclusive", "equal"),
    "choice.undecided": lambda it, p: it.study.chosen() is None,
    "choice.one_seed": lambda it, p: it.is_single,
    "notice.stopped": _stopped,
    **{
        f"order.{kind}.{way}": lambda it, p, kind=kind, way=way: _order(it, p, kind, way)
        for kind in ("steady", "ends", "unsure")
        for way in ("rises", "falls")
    },
    "order.none": lambda it, p: _order(it, p, "none", ""),
    "order.one_seed": lambda it, p: _order(it, p, "none", "one_seed"),
    **{
        f"expected.{status}": lambda it, p, status=status: (
            it.study.expected is not None
            and (own.judge(it.study, it.study.expected) or "inconclusive") == status
        )
        for status in ("supported", "contradicted", "inconclusive", "equal")
    },
    "expected.random": lambda it, p: any(
        value.settings.get("model") == "transfer" and value.settings.get("weights") == "random"
        for value in it.study.values
    ),
}
"""By key, or by the key without its plural form."""


def _seeds(tellers: Sequence[Teller]) -> int:
    return max((len(value.runs) for it in tellers for value in it.study.values), default=0)


def _highest(tellers: Sequence[Teller], p: Params) -> bool:
    """Check the highest accuracy of a report, and that every place where it is reached is named."""
    measure = "val_accuracy"
    every = [(it, value) for it in tellers for value in it.study.done]
    top = max(value.mean(measure) for _, value in every)
    named = {
        (number, key)
        for numbers, text in re.findall(PLACE, p["places"])
        for it in _of(tellers, numbers)
        for number, key in ((it.study.number, key) for key in it.named(text))
    }
    reached = {
        (it.study.number, value.key)
        for it, value in every
        if f"{value.mean(measure) * 100:.1f}" == f"{top * 100:.1f}"
    }
    return named == reached and tellers[0].is_printed(p["value"], measure, top)


PLACE = (
    r"(?:stud(?:y|ies)|estudios?) ((?:[\w.]+(?:, | y | e | and )?)+), "
    r"(.*?)(?=,? (?:y |and )?(?:in stud(?:y|ies)|en (?:el|los) estudios?) |$)"
)
"""Values within the list of places, with the numbers of their studies."""
FOUND = re.compile(r"(.+?) \(([^()]*)\)(?:, and |[,;] | y | e | and |$)")
"""Within a list: where something is found, and its figure."""


def _of(tellers: Sequence[Teller], numbers: str) -> list[Teller]:
    """Return who knows the studies whose numbers a text lists."""
    listed = re.split(r", | y | e | and ", numbers)
    return [it for it in tellers if it.study.number in listed]


def _several(tellers: Sequence[Teller], p: Params, holds: Callable[[dict[str, str]], bool]) -> bool:
    """Check what several studies have found: in each of them, and with what each goes on."""
    told = _of(tellers, p["studies"])
    found = [{**p, "values": text, "value": value} for text, value in FOUND.findall(p["values"])]
    leads = [[_leads(it, each)[1] for each in found] for it in told]
    if len(told) < 2 or not all(map(any, leads)) or not all(map(any, zip(*leads, strict=True))):
        return False
    return all(it.is_single or holds(_others(it, it.metric(p["best"]))) for it in told)


OF_REPORT: dict[str, Callable[[Sequence[Teller], Params], bool]] = {
    "abstract.highest": _highest,
    "abstract.going_on": lambda all_, p: any(
        it.study.chosen() in it.named(p["values"]) for it in all_
    ),
    **{
        f"abstract.several_{kind}.{form}": lambda all_, p, holds=holds: _several(all_, p, holds)
        for kind, holds in (("open", OPEN), ("clear", CLEAR), ("equal", EQUAL), ("one_seed", bool))
        for form in ("one", "other")
    },
    "limit.one_seed": lambda all_, p: _seeds(all_) == 1,
    "limit.seeds": lambda all_, p: all_[0].language.number(p["n"]) == _seeds(all_) > 1,
    **{
        f"{key}.{form}": lambda all_, p, form=form: (_seeds(all_) == 1) == (form == "one")
        for key in ("abstract.trust", "conclusion.closing", "method.pairs")
        for form in ("one", "other")
    },
}
"""What a whole report says."""


def _shows(language: Language, opened: Opened, p: Params, finding: str) -> bool:
    """Return whether the final configuration has these accuracies, and they differ so."""
    splits = opened[1]
    if splits is None:
        return False
    sides = {"validation": splits.validation, "test": splits.test}
    told = {name: [run[0] for run in runs] for name, runs in sides.items() if name in p}
    printed = {name: (p[name], sum(values) / len(values)) for name, values in told.items()}
    if "low" in p:  # what is found, with its interval, may be a sentence of its own
        _, low, high = splits.difference(0)
        printed |= {"low": (p["low"], low), "high": (p["high"], high)}
        if finding != ("lower" if high < 0 else "higher" if low > 0 else "open"):
            return False
    return all(
        abs(language.number(text) - 100 * value) <= 0.05 + 1e-6 for text, value in printed.values()
    )


def _times(language: Language, opened: Opened, p: Params) -> bool:
    return opened[1] is not None and language.number(p["times"]) == opened[0] > 1


OF_TEST: dict[str, Callable[[Language, Opened, Params], bool]] = {
    **{
        f"test.finding.{finding}{part}": lambda it, opened, p, finding=finding: _shows(
            it, opened, p, finding
        )
        for finding in ("lower", "higher", "open")
        for part in ("", "#1")
    },
    "test.sealed#1": lambda it, opened, p: opened[0] == 0,
    "limit.sealed#1": lambda it, opened, p: opened[0] == 0,
    "test.once#1": lambda it, opened, p: opened[0] == 1 and opened[1] is not None,
    "limit.tested#1": lambda it, opened, p: opened[0] == 1 and opened[1] is not None,
    "test.again#1": _times,
    "limit.reopened#1": _times,
    "test.other#1": lambda it, opened, p: opened[0] > 0 and opened[1] is None,
    "limit.untested#1": lambda it, opened, p: opened[0] > 0 and opened[1] is None,
}
"""What is said of the test set."""


def check(
    sentence: str, study: str, tellers: Mapping[str, Teller], opened: Opened = (0, None)
) -> bool | None:
    """Return whether a sentence is true; None where nothing checks it.

    Args:
        sentence: As it is printed.
        study: Where it stands; what stands elsewhere must be true of the report.
        tellers: Of all studies by name.
        opened: How often the test set was opened, and what it shows.
    """
    every = list(tellers.values())
    found = every[0].language.recognise(sentence)
    if found is None:
        return None
    key, params = found
    if key in OF_TEST:
        return OF_TEST[key](every[0].language, opened, params)
    if key in OF_REPORT:
        return OF_REPORT[key](every, params)
    judge = CHECKS.get(key) or CHECKS.get(re.sub(r"\.(one|other)(?=#|$)", "", key))
    asked = [tellers[study]] if study in tellers else every
    return any(judge(teller, params) for teller in asked) if judge is not None else None
