"""Draw the networks of the zoo for the gallery: maps as blocks, stages with their blocks, and some graphs.

``python docs/make_gallery.py`` names the pictures that are not current; with ``--update`` it draws them again. Names
behind it, ``python docs/make_gallery.py resnet50``, are the networks to look at; without any all of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "gallery"
PAGE = "README.md"
STYLES = ("blocks", "architecture")
"""Styles in which every network is drawn."""
GRAPHS = ("alexnet", "vgg16", "resnet50", "inception_v3", "densenet121", "unet", "mobilenet_v2", "m5", "r3d_18")
"""Networks whose graph is drawn as well."""
INTRODUCTION = """\
<!-- Written by docs/make_gallery.py. -->
# Gallery

Every network of the zoo at its default sizes, drawn by `cnnshape draw NAME --style blocks --width full` and with
`--style architecture`. Nothing was moved by hand. [Draw a network](../draw-a-network.md) says what can be chosen.
"""


def pictures(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield networks with the styles they are drawn in."""
    for name in names:
        for style in (*STYLES, *(("graph",) if name in GRAPHS else ())):
            yield name, style


def picture(name: str, style: str) -> str:
    """Return the picture of a network as SVG."""
    import cnnshape as cs

    return str(cs.draw(name, style=style, width="full").svg)


def page() -> str:
    """Return the page that shows all of them, by the families that the builders stand in."""
    from cnnshape.zoo.catalog import NETWORKS

    lines = [INTRODUCTION]
    for family, entries in groupby(NETWORKS.values(), lambda entry: entry.build.partition(":")[0]):
        lines.append(f"## {family}\n")
        for entry in entries:
            lines.append(f"### {entry.name}\n\n{entry.reference}\n")
            lines += [f"![{entry.name}: {style}]({entry.name}-{style}.svg)\n" for _, style in pictures([entry.name])]
    return "\n".join(lines)


def files(names: Sequence[str]) -> dict[str, str]:
    """Return what belongs into the gallery: file name -> text."""
    wanted = list(pictures(names))
    with ProcessPoolExecutor() as processes:
        drawn = processes.map(picture, *zip(*wanted, strict=True), chunksize=4)
        return {f"{name}-{style}.svg": text for (name, style), text in zip(wanted, drawn, strict=True)}


def update() -> int:
    """Compare the gallery, or draw it again."""
    from cnnshape.zoo.catalog import NETWORKS

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="networks to look at; all of them without any")
    parser.add_argument("--update", action="store_true", help="draw again what is not current")
    asked = parser.parse_args()
    now = {**files(asked.names or list(NETWORKS)), **({} if asked.names else {PAGE: page()})}
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    stale = () if asked.names else sorted(kept.keys() - now.keys())
    changed = [name for name, text in now.items() if kept.get(name) != text]
    for name in (*changed, *stale):
        print(f"docs/gallery/{name}: {'rewritten' if asked.update else 'not current'}")
    if asked.update:
        FOLDER.mkdir(exist_ok=True)
        for name in changed:
            (FOLDER / name).write_text(now[name], encoding="utf-8")
        for name in stale:
            (FOLDER / name).unlink()
    return 0 if asked.update else min(len(changed) + len(stale), 1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(update())
