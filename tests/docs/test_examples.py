"""Every example of the pages runs, and prints what its page says."""

import re
import runpy
from pathlib import Path

import pytest

from docs.run_examples import FENCE, ROOT, BadPage, current, pages

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in pages())
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

# What cannot run in a page: installations, which the full run takes from the README, and what rewrites the pages.
SHELL = {
    "README.md": [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/cnnshape report examples/lenet5.yaml",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest -n auto",
    ],
    "docs/README.md": [
        "python docs/run_examples.py --update",
        "python docs/make_reference.py --update",
        "python docs/make_figures.py --update",
        "python docs/make_gallery.py --update",
    ],
    # PyTorch need not be there, nor is the user's own code.
    "docs/read-a-pytorch-module.md": [
        "pip install 'cnnshape[torch]'",
        'python -c \'import cnnshape as cs, my_models; print(cs.report(my_models.UNet(), input=(3, "H", "W")))\'',
    ],
    # What it prints depends on the machine.
    "docs/run-a-network.md": [
        "cnnshape run resnet18 --random 0 --profile --rows 3",
        "# layer                                 kernel    time [ms]   %T   %M  GFLOP/s",
        "# conv1 + bn1 + relu                    columns       5.704  9.3  6.5     41.4",
        "# layer4.0.conv2 + bn2 + add1 + relu_2  columns       5.639  9.2  6.4     41.0",
        "# layer4.1.conv2 + bn2 + add1 + relu_2  columns       5.626  9.2  6.4     41.1",
        "# 20 faster rows",
    ],
}


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_print_what_it_says(page, tmp_path):
    text = read(page)
    assert current(text, tmp_path) == text, "`python docs/run_examples.py --update` puts it right"


@pytest.mark.parametrize("page", PAGES)
def test_only_what_cannot_run_in_a_page_is_left_out(page):
    blocks = [body for language, _, body in FENCE.findall(read(page)) if language == "sh"]
    assert [line for body in blocks for line in body.splitlines()] == SHELL.get(page, [])


@pytest.mark.parametrize("page", [*PAGES, "benchmarks/README.md", "CHANGELOG.md"])
def test_the_links_of_a_page_lead_somewhere(page):
    folder = (ROOT / page).parent
    inside = [link for link in LINK.findall(FENCE.sub("", read(page))) if "://" not in link]
    assert [link for link in inside if not (folder / link.partition("#")[0]).exists()] == []


def test_every_page_is_linked_from_the_readme_and_from_the_index():
    listed = {Path(page).name for page in PAGES if page.startswith("docs/")} - {"README.md"}
    assert listed <= {Path(link).name for link in LINK.findall(read("docs/README.md"))}
    assert listed <= {Path(link).name for link in LINK.findall(read("README.md"))}


def test_the_residual_network_built_in_python():
    network = runpy.run_path(str(ROOT / "examples/build_in_python.py"))["resnet20"]()
    from cnnshape import report

    # 269 722 as in https://github.com/akamaster/pytorch_resnet_cifar10 with shortcuts that have no weights; here two of
    # them are 1x1 convolutions with a normalization. Multiply-adds by stage: the first layer, the others, the shortcut.
    found = report(network, H=32, W=32)
    assert found.params == 269_722 + (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)
    assert (
        found.macs
        == 32 * 32 * 9 * 16 * (3 + 6 * 16)
        + sum(
            size * size * (9 * wide // 2 * wide + 5 * 9 * wide * wide + wide // 2 * wide)
            for size, wide in ((16, 32), (8, 64))
        )
        + 64 * 10
    )
    assert found.valid is True


# The runner itself.


@pytest.mark.parametrize(
    ("page", "now"),
    [
        ("```python\n>>> 1 + 1\n3\n```\n", "```python\n>>> 1 + 1\n2\n```\n"),
        ("```python\n>>> 1 + 1\n```\n", "```python\n>>> 1 + 1\n2\n```\n"),
        ("```python\n>>> x = 1\nold\n\n>>> x\n```\n", "```python\n>>> x = 1\n\n>>> x\n1\n```\n"),
        (
            "```python\n>>> for i in range(2):\n...     print(i)\n```\n",
            "```python\n>>> for i in range(2):\n...     print(i)\n0\n1\n```\n",
        ),
        ("```python\nx = 7\n```\n\n```python\n>>> x\n```\n", "```python\nx = 7\n```\n\n```python\n>>> x\n7\n```\n"),
        (
            "```python\n>>> {}['a']\n```\n",
            "```python\n>>> {}['a']\nTraceback (most recent call last):\n  ...\nKeyError: 'a'\n```\n",
        ),
        ("```console\n$ echo new\nold\n```\n", "```console\n$ echo new\nnew\n```\n"),
        ("```console\n$ false\n$ echo $?\n0\n```\n", "```console\n$ false\n$ echo $?\n1\n```\n"),
        ("```console\n$ echo a \\\n> b\n```\n", "```console\n$ echo a \\\n> b\na b\n```\n"),
        ("```console\n$ echo a >&2\n```\n", "```console\n$ echo a >&2\na\n```\n"),
        (
            "```console\n$ ls -d examples README.md\n```\n",
            "```console\n$ ls -d examples README.md\nREADME.md\nexamples\n```\n",
        ),
    ],
)
def test_a_page_that_is_not_current_is_put_right(page, now, tmp_path):
    assert current(page, tmp_path) == now


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ false\n```\n",
        "```python\nprint(1)\n```\n",
        "```text\nnot run\n```\n",
        "```\nnot run\n```\n",
    ],
)
def test_a_page_that_could_hide_something_is_refused(page, tmp_path):
    with pytest.raises(BadPage):
        current(page, tmp_path)


def test_a_design_with_a_title_is_a_file_for_the_blocks_below(tmp_path):
    page = "```yaml title=net.yaml\ninput: [3, H, W]\nlayers: [relu]\n```\n\n```console\n$ wc -l net.yaml\n```\n"
    assert current(page, tmp_path).endswith("$ wc -l net.yaml\n2 net.yaml\n```\n")


def test_a_design_without_a_title_is_loaded(tmp_path):
    from cnnshape import DesignError

    with pytest.raises(DesignError):
        current("```yaml\ninput: [3, H, W]\nlayers: [rellu]\n```\n", tmp_path)
