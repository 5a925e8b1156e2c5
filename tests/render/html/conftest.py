"""Pages of the examples, each written once, and opened in Chromium."""

import pytest

from tests.render import programs
from tests.render.html.browser import Opened, example, html


@pytest.fixture(scope="session")
def texts():
    """Pages by the name of their example."""
    made: dict[str, str] = {}
    return lambda name: made[name] if name in made else made.setdefault(name, html(example(name)))


@pytest.fixture
def view(tmp_path, texts):
    """Open the page of an example, by its name, or of a network; it must say nothing and ask for nothing."""
    opened = []

    def call(name, **options):
        text = texts(name) if isinstance(name, str) else html(name)
        opened.append(Opened(programs.browser(), tmp_path, text, **options))
        return opened[-1]

    yield call
    for each in opened:
        each.tab.close()
        assert each.said == []
        assert [url for url in each.requests if not url.startswith((each.file.as_uri(), "blob:"))] == []
