"""The live page in Chromium, opened from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cnnshape as cs
from cnnshape import Network
from cnnshape.analysis.report import facts
from cnnshape.render import render
from cnnshape.render.options import Options

EXAMPLES = Path(__file__).parents[3] / "examples"


def example(name: str) -> Network:
    """A network of the examples."""
    return cs.load(str(EXAMPLES / f"{name}.yaml"))


def html(network: Network, **sizes: int) -> str:
    """The page of a network, at sizes or at its own."""
    found = facts(network)
    return render(found.at(sizes or network.defaults), "html", Options())


class Opened:
    """A page that is open, with all that it said and asked for."""

    def __init__(self, started: Any, folder: Path, text: str, **options: Any) -> None:
        self.file = folder / "page.html"
        self.file.write_text(text, encoding="utf-8")
        self.said: list[str] = []
        self.requests: list[str] = []
        fragment = options.pop("fragment", "")
        self.tab = started.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self._clock = self.tab.context.new_cdp_session(self.tab)
        self._clock.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.tab.goto(self.file.as_uri() + fragment)

    def __call__(self, script: str, *more: Any) -> Any:
        return self.tab.evaluate(script, *more)

    def text(self, selector: str) -> str:
        found: str = self.tab.text_content(selector)
        return found

    def size(self, name: str, value: int) -> None:
        """Type a size, as a reader does."""
        number = self("name => SYMBOLS.findIndex(symbol => symbol.name === name)", name)
        self.tab.fill(f"#size{number}", str(value))

    def until(self, condition: str) -> None:
        """Wait for something to become true; the page itself lets nobody evaluate a text."""
        for _ in range(1000):
            if self(condition):
                return
            self.tab.wait_for_timeout(20)
        raise AssertionError(f"{condition} does not become true")

    def work(self) -> float:
        """Return how many ms the page has worked so far, whatever else the machine does."""
        found = self._clock.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(each["value"]) for each in found if each["name"] == "TaskDuration")
