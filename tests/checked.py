"""What checks documents by their evidence, in the process of the tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a second to import, for tests that check documents alone
    from scenes.evidence.checking import Checker


@pytest.fixture(scope="module")
def checker() -> Iterator["Checker"]:
    """Return what checks PDFs, in this process."""
    from scenes.evidence.checking import Checker
    from scenes.report.output.weasyprint_worker import load_weasyprint

    load_weasyprint()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "315532800")  # which a check sets
        yield Checker()
