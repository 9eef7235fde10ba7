"""What the commands share agrees with what it stands for."""

from scenes.commands.options import language_choice
from scenes.report.locale import languages
from scenes.report.render import catalogues_folder
from scenes.texts import LANGUAGES


def test_languages_are_those_of_descriptions_and_catalogues() -> None:
    """A language that can be asked for can be described and printed, and the other way round."""
    assert tuple(language_choice.choices) == LANGUAGES
    assert languages(catalogues_folder()) == tuple(sorted(LANGUAGES))
