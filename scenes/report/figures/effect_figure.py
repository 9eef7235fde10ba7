"""The figure of how a study's values differ from its reference: a view in, a figure out."""

from scenes.report.figures.cache import Drawer
from scenes.report.figures.data import Effect, EffectPanel, Mark
from scenes.report.figures.label_layout import short_names
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import bare_name
from scenes.report.views.effects import (
    EffectStatus,
    EffectTable,
    EffectView,
    difference_kind,
)
from scenes.report.views.figure import FigureView

MARKS: dict[EffectStatus, Mark] = {
    "better": "apart", "worse": "apart", "equal": "equal", "open": "open", "untested": "open"
}  # fmt: skip


def effects_figure(
    study: str, table: EffectTable, number: int, words: Words, drawer: Drawer, *, phrase: str
) -> FigureView:
    """Return the forest plot of a study.

    Args:
        study: Its name.
        table: Its effects.
        number: Of the figure.
        words: Language.
        drawer: Draws it.
        phrase: What the study varies, as a sentence has it.
    """
    asset = f"figures/{number:02d}-{study}-effects.svg"
    title = words("caption.effects", reference=table.reference, factor=phrase)
    labels = short_names([row.label for row in table.rows])
    drawer.draw(asset, "plot_effects", labels, _panels(table), title=title, words=words)
    caption = [title, words("caption.effects_note", reference=table.reference)]
    if any(each is not None for each in table.margins):
        caption.append(words("caption.effects_margin", margin=table.margin))
    alt = _alt(table, words)
    return FigureView(number, "effects", title, " ".join(caption), asset=asset, alt=alt)


def _panels(table: EffectTable) -> list[EffectPanel]:
    return [
        EffectPanel(
            label=table.heads[index],
            effects=tuple(_effect(row.effects[index]) for row in table.rows),
            is_share=difference_kind(metric) == "points",
            margin=table.margins[index],
        )
        for index, metric in enumerate(table.metrics)
    ]


def _effect(view: EffectView) -> Effect:
    return Effect(view.difference.value, view.low.value, view.high.value, MARKS[view.status])


def _alt(table: EffectTable, words: Words) -> str:
    told = [
        words(
            "alt.effect_interval" if effect.is_tested else "alt.effect",
            value=row.label,
            metric=bare_name(metric, words),
            difference=effect.difference,
            verdict=effect.verdict,
            **({"low": effect.low, "high": effect.high} if effect.is_tested else {}),
        )
        for row in table.rows
        for metric, effect in zip(table.metrics, row.effects, strict=True)
    ]
    return words("alt.effects", reference=table.reference, effects="; ".join(map(str, told)))
