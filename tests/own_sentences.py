"""What the authors' own sentences of practica4 assert, checked against results worked out anew.

Each is written as its text has it in English and Spanish, with names for what is printed in it, and
with what must hold for it to be true. Nothing of `scenes` is imported.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import independent as own
from sentences import Params, Teller, sentence_pattern

Judge = Callable[[Teller, Params], bool]
NOT_TOLD_APART = ("inconclusive", "equal")


@dataclass(frozen=True)
class OwnSentence:
    """A sentence of the authors.

    Attributes:
        study: In which it stands; "" for any.
        english: As it is written, with `{name}` for what is printed.
        spanish: The same.
        holds: Whether it is true of a study, given what is printed in it.
    """

    study: str
    english: str
    spanish: str
    holds: Judge

    def match(self, sentence: str, *, is_spanish: bool) -> dict[str, str] | None:
        """Return what is printed in a sentence, where it is this one."""
        found = _compiled(self.spanish if is_spanish else self.english).fullmatch(sentence)
        return found.groupdict() if found else None


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _compiled(text: str) -> re.Pattern[str]:
    if text not in _PATTERNS:
        _PATTERNS[text] = sentence_pattern(text)
    return _PATTERNS[text]


def check_own(
    sentence: str, study: str, tellers: Mapping[str, Teller]
) -> tuple[OwnSentence, bool] | None:
    """Return which sentence of the authors it is, and whether it is true; None for others."""
    if study not in tellers:
        return None
    teller = tellers[study]
    for known in OWN:
        if known.study in ("", study):
            printed = known.match(sentence, is_spanish=teller.language.is_comma)
            if printed is not None:
                return known, known.holds(teller, printed)
    return None


def _prints(it: Teller, p: Params, measure: str, /, **keys: str) -> bool:
    """Tell whether each name in a sentence stands for a measure of that value."""
    return all(
        it.is_printed(p[name], measure, it.study.value(key).mean(measure))
        for name, key in keys.items()
    )


def compares(first: str, second: str, metric: str, /, *statuses: str, **printed: str) -> Judge:
    """Two values, how they compare, and which names print whose figure of that metric."""

    def holds(it: Teller, p: Params) -> bool:
        status = own.compare(it.study, first, (second,), metric)
        return status in statuses and _prints(it, p, metric, **printed)

    return holds


def ordered(metric: str, direction: str, status: str) -> Judge:
    """A metric goes with the factor, or does not."""
    return lambda it, _: own.judge(it.study, f"ordered({metric}, {direction})") == status


def judges(judge: Callable[[own.Value], str], **statuses: str) -> Judge:
    """Each value has its status."""
    return lambda it, _: all(
        judge(it.study.value(key)) == status for key, status in statuses.items()
    )


def ends(
    judge: Callable[[own.Value], str], smallest: str, largest: str, *, is_not: str = ""
) -> Judge:
    """The first and the last value of a study have these statuses; "" for any but `is_not`."""

    def holds(it: Teller, _: Params) -> bool:
        first, last = (judge(it.study.values[place]) for place in (0, -1))
        return first == (smallest or first) and first != is_not and last == largest

    return holds


def names_all(compare_to: str, metric: str, status: str) -> Judge:
    """A list names those values, and no other, that compare so with one."""

    def holds(it: Teller, p: Params) -> bool:
        found = {
            value.key
            for value in it.study.done
            if value.key != compare_to
            and own.compare(it.study, value.key, (compare_to,), metric) == status
        }
        # A name in lower case does not begin a sentence for those that part the text.
        return found == it.named(p["list"].rpartition(". ")[2])

    return holds


def _nothing_lower(it: Teller, _: Params) -> bool:
    others = [value.key for value in it.study.done if value.key != "none"]
    return all(own.compare(it.study, key, ("none",), "val_loss") != "supported" for key in others)


def _ahead_of_chosen(it: Teller, p: Params) -> bool:
    chosen = it.study.chosen()
    return chosen is not None and names_all(chosen, "val_loss", "supported")(it, p)


def chosen_leads(*statuses: str) -> Judge:
    """The chosen value compares so with all others in validation loss."""

    def holds(it: Teller, _: Params) -> bool:
        chosen = it.study.chosen()
        others = [value.key for value in it.study.values if value.key != chosen]
        return chosen is not None and own.compare(it.study, chosen, others, "val_loss") in statuses

    return holds


def _chosen_is_lowest(it: Teller) -> bool:
    chosen = it.study.chosen()
    losses = {value.key: value.mean("val_loss") for value in it.study.done}
    return chosen is not None and losses[chosen] == min(losses.values())


def _lowest_is_not_clear(it: Teller, p: Params) -> bool:
    chosen, losses = (
        it.study.chosen(),
        {value.key: value.mean("val_loss") for value in it.study.done},
    )
    lowest = min(losses, key=lambda key: losses[key])
    named = it.named(p["lowest"]) == {lowest} and it.named(p["chosen"]) == {chosen}
    return named and own.compare(it.study, lowest, (chosen,), "val_loss") in NOT_TOLD_APART


def _top_leads(it: Teller, *statuses: str) -> bool:
    top = it.top("val_accuracy")
    others = [value.key for value in it.study.values if value.key != top.key]
    return own.compare(it.study, top.key, others, "val_accuracy") in statuses


def _combines_best(it: Teller, p: Params) -> bool:
    parts = [value for value in it.study.done if value.key not in ("none", "combined")]
    best = sorted(parts, key=lambda value: value.mean("val_loss"))[:2]
    return it.named(p["first"]) | it.named(p["second"]) == {value.key for value in best}


def _counts(it: Teller, p: Params) -> bool:
    """Parameters of the first and the last value, which grow or do not."""
    first, last = it.study.values[0], it.study.values[-1]
    counts = (first.mean("parameters"), last.mean("parameters"))
    shown = [it.language.number(p["few"]), it.language.number(p["many"])]
    return shown == list(counts) and ("grows" not in p or counts[0] < counts[1])


def _grows(it: Teller, p: Params) -> bool:
    first, last = it.study.values[0], it.study.values[-1]
    return _counts(it, p) and first.mean("parameters") < last.mean("parameters")


def _does_not_grow(it: Teller, p: Params) -> bool:
    return _counts(it, p) and not _grows(it, p)


def _settings(it: Teller, name: str) -> list[object]:
    return [it.study.value(key).settings.get(name) for key in ("vgg16", "resnet50")]


def _frozen(few: int, many: int) -> Judge:
    """So many of the two pretrained networks are frozen as a whole."""
    return lambda it, _: few <= _settings(it, "trainable").count("none") <= many


def _random(it: Teller, _: Params) -> bool:
    return "random" in _settings(it, "weights")


def _every(judge: Callable[[own.Value], str], status: str) -> Judge:
    return lambda it, _: (
        bool(it.study.done) and all(judge(value) == status for value in it.study.done)
    )


def _none_rises(it: Teller, p: Params) -> bool:
    found = {value.key for value in it.study.done if own.leaves_chance(value) == "contradicted"}
    return found == it.named(p["list"])


BATCH, ACTIVATION, AUGMENTATION = "batch_size", "activation", "augmentation"
SIZE, COMPLEXITY, TRANSFER = "image_size", "complexity", "transfer"

OWN: tuple[OwnSentence, ...] = (
    OwnSentence(
        BATCH,
        "In training, final accuracy falls with each larger batch: {why}",
        "En entrenamiento, la exactitud final baja con cada lote mayor: {why}",
        ordered("accuracy", "falls", "supported"),
    ),
    OwnSentence(
        BATCH,
        "In training, some larger batch ends above a smaller one, by more than the error.",
        "En entrenamiento, algún lote mayor termina por encima de uno menor, y {why}",
        ordered("accuracy", "falls", "contradicted"),
    ),
    OwnSentence(
        BATCH,
        "That small batches overfit and large ones do not may come from {why}",
        "Que se sobreajusten los lotes pequeños y no los grandes puede deberse a {why}",
        ends(own.overfits, "supported", "contradicted"),
    ),
    OwnSentence(
        BATCH,
        "None of the batches avoids overfitting in {epochs} epochs.",
        "Ninguno de los lotes evita el sobreajuste en {epochs} épocas.",
        _every(own.overfits, "supported"),
    ),
    OwnSentence(
        ACTIVATION,
        "As ReLU does not rise above chance either, {why}",
        "Como tampoco ReLU se separa del azar, {why}",
        judges(own.leaves_chance, sigmoid="contradicted", relu="contradicted"),
    ),
    OwnSentence(
        ACTIVATION,
        "The usual explanation of why the sigmoid does not learn, {why}",
        "La explicación habitual de que la sigmoide no aprenda, {why}",
        judges(own.leaves_chance, sigmoid="contradicted"),
    ),
    OwnSentence(
        ACTIVATION,
        "The sigmoid, {why}, does rise above chance here: it ends at a validation accuracy of"
        " {value}.",
        "La sigmoide, {why}, se separa aquí del azar: termina con una exactitud en validación del"
        " {value}.",
        lambda it, p: (
            own.leaves_chance(it.study.value("sigmoid")) == "supported"
            and _prints(it, p, "val_accuracy", value="sigmoid")
        ),
    ),
    OwnSentence(
        ACTIVATION,
        "ReLU ends with less validation loss than tanh, {why}",
        "ReLU termina con menos pérdida en validación que tanh, {why}",
        compares("relu", "tanh", "val_loss", "supported"),
    ),
    OwnSentence(
        ACTIVATION,
        "Between ReLU and tanh we cannot decide: at {relu} and {tanh}, their final validation"
        " losses are not told apart.",
        "Entre ReLU y tanh no podemos decidir: con {relu} y {tanh}, sus pérdidas finales en"
        " validación no se distinguen.",
        compares("relu", "tanh", "val_loss", *NOT_TOLD_APART, relu="relu", tanh="tanh"),
    ),
    OwnSentence(
        ACTIVATION,
        "With tanh the network ends with less validation loss than with ReLU ({tanh} against"
        " {relu}).",
        "Con tanh se termina con menos pérdida en validación que con ReLU ({tanh} frente a"
        " {relu}).",
        compares("relu", "tanh", "val_loss", "contradicted", relu="relu", tanh="tanh"),
    ),
    OwnSentence(
        ACTIVATION,
        "ReLU is also right more often than linear activation ({relu} and {linear} in"
        " validation), {why}",
        "ReLU acierta también más que la activación lineal ({relu} y {linear} en validación),"
        " {why}",
        compares("relu", "linear", "val_accuracy", "supported", relu="relu", linear="linear"),
    ),
    OwnSentence(
        ACTIVATION,
        "Not even linear activation ({linear} validation accuracy) is told apart from ReLU"
        " ({relu}): {why}",
        "Ni siquiera la activación lineal ({linear} de exactitud en validación) se distingue de"
        " ReLU ({relu}): {why}",
        compares("relu", "linear", "val_accuracy", *NOT_TOLD_APART, relu="relu", linear="linear"),
    ),
    OwnSentence(
        ACTIVATION,
        "Linear activation is right more often in validation than ReLU ({linear} and {relu}):"
        " {why}",
        "La activación lineal acierta más en validación que ReLU ({linear} y {relu}): {why}",
        compares("relu", "linear", "val_accuracy", "contradicted", relu="relu", linear="linear"),
    ),
    OwnSentence(
        AUGMENTATION,
        "The combination is of those that come first on their own, by final validation loss:"
        " {first} and {second}.",
        "La combinación es la de los que, por separado, quedan primeros por su pérdida final en"
        " validación: {first} y {second}.",
        _combines_best,
    ),
    OwnSentence(
        AUGMENTATION,
        "Combining the two lowers the final validation loss of the network without augmentation,"
        " from {bare} to {combined}.",
        "Combinar los dos baja la pérdida final en validación de la red sin aumento, de {bare} a"
        " {combined}.",
        compares("combined", "none", "val_loss", "supported", bare="none", combined="combined"),
    ),
    OwnSentence(
        AUGMENTATION,
        "Combining the two does not clearly change final validation loss: {combined}, against"
        " {bare} without augmentation.",
        "Combinar los dos no cambia con claridad la pérdida final en validación: {combined}, frente"
        " a {bare} sin aumento.",
        compares("combined", "none", "val_loss", *NOT_TOLD_APART, bare="none", combined="combined"),
    ),
    OwnSentence(
        AUGMENTATION,
        "Combining the two raises final validation loss: {combined}, against {bare} without"
        " augmentation.",
        "Combinar los dos sube la pérdida final en validación: {combined}, frente a {bare} sin"
        " aumento.",
        compares("combined", "none", "val_loss", "contradicted", bare="none", combined="combined"),
    ),
    OwnSentence(
        AUGMENTATION,
        "The network without augmentation shows no overfitting, so {why}",
        "La red sin aumento no muestra sobreajuste, de modo que {why}",
        judges(own.overfits, none="contradicted"),
    ),
    OwnSentence(
        AUGMENTATION,
        "This fits with the network without augmentation always seeing the same pictures, {why}",
        "Es coherente con que la red sin aumento vea siempre las mismas imágenes, {why}",
        judges(own.overfits, none="supported"),
    ),
    OwnSentence(
        SIZE,
        "Final validation loss gets worse with every step up in size, as we expected.",
        "La pérdida final en validación empeora con cada aumento de tamaño, como esperábamos.",
        ordered("val_loss", "rises", "supported"),
    ),
    OwnSentence(
        SIZE,
        "Against what we expected, the final loss of some larger size is below that of a smaller"
        " one.",
        "En contra de lo esperado, la pérdida final de algún tamaño mayor queda por debajo de la de"
        " uno menor.",
        ordered("val_loss", "rises", "contradicted"),
    ),
    OwnSentence(
        SIZE,
        "The network grows with the picture, from {few} parameters at {small} to {many} at {large}:"
        " {why}",
        "La red crece con la imagen, de {few} parámetros con {small} a {many} con {large}: {why}",
        _grows,
    ),
    OwnSentence(
        SIZE,
        "The network has {few} parameters at {small} and {many} at {large}.",
        "La red tiene {few} parámetros con {small} y {many} con {large}.",
        _does_not_grow,
    ),
    OwnSentence(
        SIZE,
        "As both overfit, we cannot separate {why}",
        "Como las dos se sobreajustan, no podemos separar {why}",
        ends(own.overfits, "supported", "supported"),
    ),
    OwnSentence(
        SIZE,
        "Those parameters may serve to memorise the same pictures; {why}",
        "Cabe pensar que esos parámetros sirven para memorizar las mismas imágenes; {why}",
        ends(own.overfits, "", "supported", is_not="supported"),
    ),
    OwnSentence(
        COMPLEXITY,
        "We propose a small network ({x}) and a large one ({y}): {small} and {large} parameters,"
        " against the {tutorial} of the original, {how}",
        "Proponemos una red pequeña ({x}) y una grande ({y}): {small} y {large} parámetros, frente"
        " a los {tutorial} de la original, {how}",
        lambda it, p: _prints(
            it, p, "parameters", small="small", large="large", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        COMPLEXITY,
        "The small network, with fewer parameters, ends with less validation loss than the"
        " original ({small} against {tutorial}).",
        "La red pequeña, con menos parámetros, termina con menos pérdida en validación que la"
        " original ({small} frente a {tutorial}).",
        compares("small", "tutorial", "val_loss", "supported", small="small", tutorial="tutorial"),
    ),
    OwnSentence(
        COMPLEXITY,
        "The small network’s final validation loss, {small}, is not told apart from that of the"
        " original, {tutorial}.",
        "La pérdida final en validación de la red pequeña, {small}, no se distingue de la de la"
        " original, {tutorial}.",
        compares(
            "small", "tutorial", "val_loss", *NOT_TOLD_APART, small="small", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        COMPLEXITY,
        "The small network, with fewer parameters, ends with more validation loss than the"
        " original ({small} against {tutorial}).",
        "La red pequeña, con menos parámetros, termina con más pérdida en validación que la"
        " original ({small} frente a {tutorial}).",
        compares(
            "small", "tutorial", "val_loss", "contradicted", small="small", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        COMPLEXITY,
        "The large one, at {large}, ends below the original too.",
        "La grande, con {large}, queda por debajo de la original.",
        compares("large", "tutorial", "val_loss", "supported", large="large"),
    ),
    OwnSentence(
        COMPLEXITY,
        "The large one, at {large}, is not told apart from the original.",
        "La grande, con {large}, no se distingue de la original.",
        compares("large", "tutorial", "val_loss", *NOT_TOLD_APART, large="large"),
    ),
    OwnSentence(
        COMPLEXITY,
        "The large one, at {large}, is worse than the original.",
        "La grande, con {large}, es peor que la original.",
        compares("large", "tutorial", "val_loss", "contradicted", large="large"),
    ),
    OwnSentence(
        TRANSFER,
        "We take {networks} without their classifiers and freeze all their layers: {how}",
        "Tomamos {networks} sin su clasificador y congelamos todas sus capas: {how}",
        _frozen(2, 2),
    ),
    OwnSentence(
        TRANSFER,
        "We take {networks} without their classifiers, and train some of their layers.",
        "Tomamos {networks} sin su clasificador, y entrenamos algunas de sus capas.",
        _frozen(1, 1),
    ),
    OwnSentence(
        TRANSFER,
        "We take {networks} without their classifiers, and train layers of both.",
        "Tomamos {networks} sin su clasificador, y entrenamos capas de ambas.",
        _frozen(0, 0),
    ),
    OwnSentence(
        TRANSFER,
        "In ResNet50 {trained} are trained.",
        "En ResNet50 se entrenan {trained}.",
        lambda it, p: _prints(it, p, "trainable", trained="resnet50"),
    ),
    OwnSentence(
        TRANSFER,
        "VGG16 leads the tutorial network in validation (at {vgg}, against {tutorial}){why}",
        "VGG16 supera en validación a la red del tutorial ({vgg} de exactitud frente a"
        " {tutorial}){why}",
        compares(
            "vgg16", "tutorial", "val_accuracy", "supported", vgg="vgg16", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        TRANSFER,
        "Between VGG16 and the tutorial network there is no clear difference in validation ({vgg}"
        " and {tutorial}){why}",
        "Entre VGG16 y la red del tutorial no hay una diferencia clara en validación ({vgg} y"
        " {tutorial} de exactitud){why}",
        compares(
            "vgg16", "tutorial", "val_accuracy", *NOT_TOLD_APART, vgg="vgg16", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        TRANSFER,
        "The tutorial network leads VGG16 in validation (at {tutorial}, against {vgg}){why}",
        "La red del tutorial supera en validación a VGG16 ({tutorial} de exactitud frente a"
        " {vgg}){why}",
        compares(
            "vgg16", "tutorial", "val_accuracy", "contradicted", vgg="vgg16", tutorial="tutorial"
        ),
    ),
    OwnSentence(
        TRANSFER,
        "ResNet50, at {resnet}, leads the tutorial network.",
        "ResNet50 ({resnet}) supera a la red del tutorial.",
        compares("resnet50", "tutorial", "val_accuracy", "supported", resnet="resnet50"),
    ),
    OwnSentence(
        TRANSFER,
        "ResNet50, at {resnet}, is not told apart from the tutorial network.",
        "ResNet50 ({resnet}) no se distingue de la red del tutorial.",
        compares("resnet50", "tutorial", "val_accuracy", *NOT_TOLD_APART, resnet="resnet50"),
    ),
    OwnSentence(
        TRANSFER,
        "ResNet50, at {resnet}, stays below the tutorial network.",
        "ResNet50 ({resnet}) queda por debajo de la red del tutorial.",
        compares("resnet50", "tutorial", "val_accuracy", "contradicted", resnet="resnet50"),
    ),
    OwnSentence(
        TRANSFER,
        "Of the two architectures, VGG16 is right more often.",
        "De las dos arquitecturas acierta más VGG16.",
        compares("vgg16", "resnet50", "val_accuracy", "supported"),
    ),
    OwnSentence(
        TRANSFER,
        "Between the two architectures there is no clear difference.",
        "Entre las dos arquitecturas no hay una diferencia clara.",
        compares("vgg16", "resnet50", "val_accuracy", *NOT_TOLD_APART),
    ),
    OwnSentence(
        TRANSFER,
        "Of the two architectures, ResNet50 is right more often.",
        "De las dos arquitecturas acierta más ResNet50.",
        compares("vgg16", "resnet50", "val_accuracy", "contradicted"),
    ),
    OwnSentence(
        TRANSFER,
        "With random weights, this comparison does not measure transfer learning.",
        "Con pesos aleatorios, esta comparación no mide la transferencia de aprendizaje.",
        _random,
    ),
    OwnSentence(
        "",
        "Not all of its trainings ended, and we conclude nothing.",
        "No terminaron todos sus entrenamientos, y no concluimos nada.",
        lambda it, _: len(it.study.done) < len(it.study.values) or bool(it.study.waiting),
    ),
    *(
        OwnSentence("", "Not above chance: {list}.", spanish, _none_rises)
        for spanish in ("No se separa del azar: {list}.", "No se separan del azar: {list}.")
    ),
    OwnSentence(
        "",
        "There is overfitting with every value.",
        "Hay sobreajuste con todos los valores.",
        _every(own.overfits, "supported"),
    ),
    OwnSentence(
        "",
        "It is the value with the least final validation loss, clearly ahead of all others.",
        "Es el valor con menos pérdida final en validación, claramente por delante de todos los"
        " demás.",
        chosen_leads("supported"),
    ),
    OwnSentence(
        "",
        "It ends with the lowest validation loss, but not clearly ahead of all others.",
        "Termina con la menor pérdida en validación, sin ventaja clara sobre todos los demás.",
        lambda it, p: _chosen_is_lowest(it) and chosen_leads(*NOT_TOLD_APART)(it, p),
    ),
    OwnSentence(
        "",
        "The lowest final validation loss, that of {lowest}, is not clearly lower than that of"
        " {chosen}.",
        "La menor pérdida final en validación, la de {lowest}, no es claramente menor que la de"
        " {chosen}.",
        _lowest_is_not_clear,
    ),
    OwnSentence(
        "",
        "Final validation loss is clearly lower with {list}; {why}",
        "La pérdida final en validación es claramente menor con {list}; {why}",
        _ahead_of_chosen,
    ),
    OwnSentence(
        AUGMENTATION,
        "These clearly lower the final validation loss of the network without augmentation:"
        " {list}.",
        "Bajan con claridad la pérdida final en validación de la red sin aumento: {list}.",
        names_all("none", "val_loss", "supported"),
    ),
    OwnSentence(
        AUGMENTATION,
        "No option clearly lowers the final validation loss of the network without augmentation.",
        "Ninguna opción baja con claridad la pérdida final en validación de la red sin aumento.",
        _nothing_lower,
    ),
    OwnSentence(
        AUGMENTATION,
        "It rises with: {list}.",
        "La sube con: {list}.",
        names_all("none", "val_loss", "contradicted"),
    ),
    OwnSentence(
        COMPLEXITY,
        "Highest validation accuracy: {list}.",
        "Mayor exactitud en validación: {list}.",
        lambda it, p: it.named(p["list"]) == it.tied("val_accuracy", max),
    ),
    OwnSentence(
        COMPLEXITY,
        "Highest mean validation accuracy: {list}.",
        "Mayor exactitud media en validación: {list}.",
        lambda it, p: it.named(p["list"]) == it.tied("val_accuracy", max),
    ),
    OwnSentence(
        COMPLEXITY,
        "Its lead is clear.",
        "Su ventaja es clara.",
        lambda it, _: _top_leads(it, "supported"),
    ),
    OwnSentence(
        COMPLEXITY,
        "We cannot call it better than the others.",
        "No podemos decir que sea mejor que las demás.",
        lambda it, _: not _top_leads(it, "supported"),
    ),
    *(
        OwnSentence(
            TRANSFER,
            f"{{list}} {english} the tutorial network clearly in validation accuracy.",
            f"{{list}} {spanish} con claridad en exactitud en validación a la red del tutorial.",
            names_all("tutorial", "val_accuracy", "supported"),
        )
        for english, spanish in (("leads", "supera"), ("lead", "superan"))
    ),
    OwnSentence(
        TRANSFER,
        "The difference between {name} and the tutorial network in validation accuracy ({first} and"
        " {second}) is not clear.",
        "La diferencia entre {name} y la red del tutorial en exactitud en validación ({first} y"
        " {second}) no es clara.",
        lambda it, p: all(
            compares(
                key, "tutorial", "val_accuracy", *NOT_TOLD_APART, first=key, second="tutorial"
            )(it, p)
            for key in it.named(p["name"])
        ),
    ),
    *(
        OwnSentence(
            TRANSFER,
            f"{{list}} {english} clearly below the tutorial network in validation accuracy.",
            f"{{list}} {spanish} claramente por debajo de la red del tutorial en exactitud en"
            " validación.",
            names_all("tutorial", "val_accuracy", "contradicted"),
        )
        for english, spanish in (("stays", "queda"), ("stay", "quedan"))
    ),
)
"""Of each language those that its texts hold; wording that moves on must be followed here."""
