"""What the commands share agrees with what it stands for."""

from dataclasses import fields

from scenes.app.request import Request
from scenes.cli.main import report


def test_every_option_is_something_that_can_be_asked_for() -> None:
    """A request has a field for each option of its command, and no option is missing."""
    names = {parameter.name for parameter in report.params} - {"watch", "is_live", "trust"}
    assert names == {item.name for item in fields(Request)}
