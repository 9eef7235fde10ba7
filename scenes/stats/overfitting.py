"""Whether a run overfits: its history in, the rise of the validation loss with its error out.

Overfitting is a validation loss that has risen for good above its minimum while the training loss
went on falling. A gap between training and validation alone is no overfitting: a healthy network
has one too.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from scenes.runs.record import History

WINDOW = 5
"""Epochs over which a curve is smoothed; a quarter of the run where it is shorter."""
SURE = 7.0
"""Errors that a rise must exceed. The minimum is picked among many windows, so that on flat curves
of noise the rise exceeds 3 to 4 errors in 5 % of runs, and up to 6 where the noise of an epoch
correlates by 0.5 with that of the next."""
DEGREE = 5
"""Of the polynomial that noise is measured about; a quarter of the epochs in short runs."""
SIZE = 0.05
"""Share of the minimum that a rise must exceed to matter."""
NORMAL_MAD = 0.6745
"""Median absolute deviation of the standard normal distribution."""


@dataclass(frozen=True)
class Rise:
    """How far the smoothed validation loss ends above its minimum.

    Attributes:
        share: Of the minimum, 0 or more.
        error: Standard error of a smoothed loss, as a share of the minimum.
        loss_falls: Whether the smoothed training loss ends below where it was at that minimum.
        gap: Training minus validation accuracy, mean of the last window.
        epoch: The last epoch of the window with the minimum, counted from 1.
    """

    share: float
    error: float
    loss_falls: bool
    gap: float
    epoch: int

    @property
    def is_sure(self) -> bool:
        """Return whether the rise matters and is beyond its error."""
        return self.share > max(SIZE, SURE * self.error)

    @property
    def is_absent(self) -> bool:
        """Return whether the curve excludes a rise of twice the size that matters."""
        return not self.is_sure and self.share + 2 * self.error < 2 * SIZE


def measure_rise(history: History) -> Rise | None:
    """Return the rise of a run's validation loss; None for runs too short to smooth.

    Eight epochs are the fewest: two windows of two, and as many between them.
    """
    curve = np.asarray(history["val_loss"], np.float64)
    window = min(WINDOW, len(curve) // 4)
    if window < 2 or not np.isfinite(curve).all():
        return None
    smooth = _smooth(curve, window)
    at = int(np.argmin(smooth))
    lowest = max(float(smooth[at]), 1e-9)
    training = _smooth(np.asarray(history["loss"], np.float64), window)
    gaps = np.subtract(history["accuracy"], history["val_accuracy"])
    return Rise(
        share=float(smooth[-1] - smooth[at]) / lowest,
        error=_noise(curve, window) / lowest,
        loss_falls=bool(training[-1] < training[at]),
        gap=float(gaps[-window:].mean()),
        epoch=at + window,
    )


def _smooth(curve: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    return np.asarray(sliding_window_view(curve, window).mean(axis=-1))


def _noise(curve: NDArray[np.float64], window: int) -> float:
    """Return the standard error of a smoothed loss.

    From what is left of the curves about a polynomial, single epochs or windows, whichever is more:
    windows hold for noise that correlates from epoch to epoch too. By the median, to which the
    steep start of a curve does not matter.
    """
    epochs = len(curve)
    degree = min(DEGREE, epochs // 4)
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, epochs), degree)
    rest = curve - basis @ np.linalg.lstsq(basis, curve, rcond=None)[0]
    single = float(np.median(np.abs(rest))) / math.sqrt(window)
    smoothed = float(np.median(np.abs(_smooth(rest, window))))
    freedom = math.sqrt(epochs / (epochs - degree - 1))
    return max(single, smoothed) / NORMAL_MAD * freedom
