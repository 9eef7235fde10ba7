"""Data sets known by name: what they hold, so that a copy can be checked to be whole.

In: a name, or a checked `Dataset`. Out: a `KnownSet`, and how a folder differs from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scenes.data.folder import Dataset
from scenes.system.formatting import printable, said_count


@dataclass(frozen=True)
class KnownSet:
    """A published data set.

    Attributes:
        title: Its name in print.
        counts: Pictures of each class, all splits together.
        aliases: Class names of other releases, folded, with the name in `counts`.
        origin: Where it was published and who has it.
    """

    title: str
    counts: Mapping[str, int]
    aliases: Mapping[str, str]
    origin: str

    @property
    def total(self) -> int:
        """How many pictures there are."""
        return sum(self.counts.values())

    def name_of(self, found: str) -> str:
        """Return the class that a folder's name stands for, or the folded name."""
        folded = _folded(found)
        own = {_folded(name): name for name in self.counts}
        return own.get(folded) or self.aliases.get(folded, folded)


SCENE15_COUNTS = {
    "Bedroom": 216, "Coast": 360, "Forest": 328, "Highway": 260, "Industrial": 311,
    "InsideCity": 308, "Kitchen": 210, "LivingRoom": 289, "Mountain": 374, "Office": 215,
    "OpenCountry": 410, "Store": 315, "Street": 292, "Suburb": 241, "TallBuilding": 356,
}  # fmt: skip

TOLERANCE = 0.1
"""Share of its pictures by which a copy may differ and still be taken for one."""

KNOWN: Mapping[str, KnownSet] = {
    "scene15": KnownSet(
        title="Scene-15",
        counts=SCENE15_COUNTS,
        aliases={
            "calsuburb": "Suburb",
            "paroffice": "Office",
            **{f"mit{_name.lower()}": _name for _name in SCENE15_COUNTS},
        },
        origin=(
            "S. Lazebnik, C. Schmid, J. Ponce, Beyond bags of features, CVPR 2006, "
            "doi:10.1109/CVPR.2006.68. It has no licence and no address that is sure to stay: ask "
            "who set the exercise, or the authors' page (scene_categories.zip)."
        ),
    )
}
"""By the name that the command line takes."""


def recognise_set(dataset: Dataset) -> KnownSet | None:
    """Return the known set whose classes a folder has, and nearly as many pictures."""
    pictures = sum(map(len, dataset.splits.values()))
    for known in KNOWN.values():
        same_classes = {known.name_of(name) for name in dataset.classes} == set(known.counts)
        if same_classes and abs(pictures - known.total) <= TOLERANCE * known.total:
            return known
    return None


def totals(known: KnownSet, dataset: Dataset) -> dict[str, int]:
    """Return how many pictures of each class there are, by the names of a known set."""
    found: dict[str, int] = {}
    for split in dataset.splits:
        for name, count in dataset.counts(split).items():
            found[known.name_of(name)] = found.get(known.name_of(name), 0) + count
    return found


def differences(known: KnownSet, found: Mapping[str, int]) -> Iterator[str]:
    """Yield how classes and numbers of pictures differ from those that were published.

    Args:
        known: The set.
        found: Pictures of each class, by the names of `KnownSet.name_of`.
    """
    for name in sorted(known.counts.keys() - found.keys()):
        yield f"{name}: no such class"
    for name in sorted(found.keys() - known.counts.keys()):
        yield f"{printable(name)}: {known.title} has no such class"
    for name, count in known.counts.items():
        if found.get(name, count) != count:
            here = said_count(found[name], "picture|pictures")
            yield f"{name}: {here}, where {known.title} has {count}"


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
