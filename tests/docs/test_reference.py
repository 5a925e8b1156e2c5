"""The reference of the layers says what the docstrings of the catalogue say."""

import inspect
import re

import pytest

from cnnshape.layers.catalog import ENTRIES
from docs.make_reference import FOLDER, reference

PAGES = reference()


def test_the_pages_are_those_that_are_there():
    assert {path.name for path in FOLDER.glob("*")} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name):
    kept = (FOLDER / name).read_text(encoding="utf-8")
    assert kept == PAGES[name], "`python docs/make_reference.py --update` puts it right"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_layer_is_there_with_its_names_and_its_words(entry):
    page = PAGES[f"{entry.layer.__module__.split('.')[2]}.md"]
    assert f"\n## {entry.layer.__name__}\n" in page
    section = page.split(f"\n## {entry.layer.__name__}\n")[1].split("\n## ")[0]
    assert all(f"`{name}`" in section for name in (entry.name, *entry.aliases))
    assert entry.layer.__name__ + "(" in section
    written = re.sub(r"(?ms)^Examples\n-+\n.*?(?=^\w+\n-+$|\Z)|^-+$|\[\d+\] ", "", inspect.getdoc(entry.layer))
    plain = re.sub(r"[\\`,:]", "", section)
    assert [word for word in re.sub(r"[\\`,:]", "", written).split() if word not in plain] == []
    assert f"`{entry.name}`" in PAGES["layers.md"]
