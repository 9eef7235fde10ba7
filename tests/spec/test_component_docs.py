"""The example of the documentation is what it says it is."""

import re
from pathlib import Path

from own_code import load_own, write_own

from scenes.spec import registry
from scenes.spec.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "components.md"


def test_the_example_of_the_page_can_be_used(tmp_path: Path) -> None:
    """Its file is loaded as it stands, and its names can be used at once."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with registry.using(load_own(write_own(tmp_path, code))):
        used = {"augmentation": "noise+flip", "learning_rate_schedule": "one_cycle", "width": 32}
        settings = Settings.model_validate({"model": "small", **used})
        assert settings.model_dump()["width"] == 32
        assert "doubt" in registry.current().metrics
