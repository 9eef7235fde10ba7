"""What a network costs with one picture: the numbers from which time and memory are foreseen."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Load:
    """What a network costs with one picture of some size.

    Args:
        giga_macs: Multiply-accumulates, in thousand millions.
        mega_activations: Numbers that all layers give, in millions.
        mega_largest: Numbers that the largest layer gives, in millions.
        mega_parameters: In millions.
    """

    giga_macs: float
    mega_activations: float
    mega_largest: float
    mega_parameters: float

    def at(self, area: float) -> "Load":
        """Return the load with a picture whose area is so many times as large."""
        return replace(
            self,
            giga_macs=area * self.giga_macs,
            mega_activations=area * self.mega_activations,
            mega_largest=area * self.mega_largest,
        )
