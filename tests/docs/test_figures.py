"""The figures of the pages are what their commands draw."""

import pytest

from docs.make_figures import FOLDER, commands, figure

COMMANDS = commands()


def test_the_figures_are_those_that_are_shown():
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_figure_is_current(name):
    kept = (FOLDER / name).read_text(encoding="utf-8")
    assert kept == figure(COMMANDS[name]), "`python docs/make_figures.py --update` puts it right"


def test_each_of_the_six_is_shown():
    shown = {command.split("--figure ")[1].split()[0] for command in COMMANDS.values() if "--figure" in command}
    assert shown == {"window", "values", "connections", "shift", "receptive-field", "curve"}
