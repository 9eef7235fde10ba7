"""Checks a document, as deep as it is asked for: a PDF in, all that was found out."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from scenes.app.picture_origin import check_origin
from scenes.errors import UserError
from scenes.evidence import findings
from scenes.evidence.findings import FAILS, ORIGIN, Finding
from scenes.evidence.sampling import SHARES, catch_probability, check_nonce, new_nonce
from scenes.evidence.verify import Verifier
from scenes.system.formatting import said_count

UNASKED = "whether these runs were trained as they say (needs --retrain K)"
UNTRIED = "no run was trained again, as the document does not hold without that"


@dataclass(frozen=True)
class Retrain:
    """What is to be trained again.

    Attributes:
        count: How many runs.
        nonce: By which they are drawn; None for a new one.
        data: Where their pictures are.
        workers: Runs at a time; None for what the machine feeds.
    """

    count: int
    nonce: str | None = None
    data: Path | None = None
    workers: int | None = None


@dataclass(frozen=True)
class Verified:
    """What a check found.

    Attributes:
        file: The PDF.
        findings: At every depth.
        nonce: By which runs were drawn; "" where none were.
        drawn: Their ids.
        compared: How many of them could be trained again and compared.
        of: How many runs the document has.
    """

    file: Path
    findings: tuple[Finding, ...]
    nonce: str = ""
    drawn: tuple[str, ...] = ()
    compared: int = 0
    of: int = 0

    @property
    def exit_code(self) -> int:
        """0 if it holds, 1 if it does not, 2 if that cannot be determined."""
        return findings.exit_code(self.findings)

    @property
    def chances(self) -> dict[float, float]:
        """With what probability the sample meets a made-up run, by the share of such runs."""
        return {share: catch_probability(share, self.compared) for share in SHARES}

    def chance_lines(self) -> list[str]:
        """Return what the sample is worth, for people."""
        if not self.nonce:
            return []
        told = ", ".join(f"{share:.0%}: {found:.0%}" for share, found in self.chances.items())
        compared = f"{self.compared} of {said_count(self.of, 'run|runs')} compared"
        return [
            f"{compared}, drawn by the nonce {self.nonce}.",
            f"By the share of made-up runs, the chance that one of them was met: {told}.",
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it for machines."""
        told: dict[str, Any] = {
            "file": str(self.file),
            "exit_code": self.exit_code,
            "findings": [asdict(one) for one in self.findings],
        }
        if self.nonce:
            told["retrained"] = {
                "nonce": self.nonce,
                "drawn": self.drawn,
                "compared": self.compared,
                "of": self.of,
                "chances": self.chances,
            }
        return told


def verify_document(
    path: Path,
    console: Console,
    *,
    data: Path | None = None,
    retrain: Retrain | None = None,
    trust: bool = False,
) -> Verified:
    """Check a PDF from the PDF alone, and train runs again where that is asked for.

    Args:
        path: Of the PDF.
        console: Shows the cost and the progress of training.
        data: The data set, with which the printed pictures are compared; None for none.
        retrain: What is trained again; None for nothing.
        trust: Run the code of its authors that it brings.

    Raises:
        UserError: There is no such file, or nothing can be trained here.
    """
    if retrain is None:
        with Verifier(trust=trust) as verifier:
            found = _verify(verifier, path, data)
        return Verified(path, (*found, _not_checked(UNASKED)))
    from scenes.app.retraining import require_training, retrain_runs

    require_training()
    nonce = check_nonce(retrain.nonce) if retrain.nonce else new_nonce()
    with Verifier(trust=trust) as verifier:
        found = _verify(verifier, path, data)
        if findings.exit_code(found) == FAILS:
            return Verified(path, (*found, _not_checked(UNTRIED)))
        try:
            sample = retrain_runs(
                verifier,
                retrain.count,
                console,
                nonce=nonce,
                data=retrain.data,
                workers=retrain.workers,
            )
        except UserError as error:
            unable = Finding("retrained", "unknown", "runs", " ".join(str(error).split())[:600])
            return Verified(path, (*found, unable))
    return Verified(
        path, (*found, *sample.findings), nonce, sample.drawn, sample.compared, sample.of
    )


def _verify(verifier: Verifier, path: Path, data: Path | None) -> list[Finding]:
    """Return the findings on a PDF, and on its printed pictures where there is a data set."""
    found = verifier.verify(path)
    if data is None or ORIGIN not in {one.kind for one in found}:
        return found
    return [*(one for one in found if one.kind != ORIGIN), check_origin(verifier, data)]


def _not_checked(text: str) -> Finding:
    return Finding("retrained", "not_checked", "runs", text)
