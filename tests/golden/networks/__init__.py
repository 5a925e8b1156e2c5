"""torchvision's networks by name: those of the zoo, and Swin, which is built here."""

import json
from functools import partial
from pathlib import Path

from cnnshape.zoo.catalog import NETWORKS as ZOO
from tests.golden.networks.swin import swin

__all__ = ["NETWORKS", "PUBLISHED"]

PUBLISHED = json.loads((Path(__file__).parent.parent.parent / "data/torchvision.json").read_text())["models"]

_SWIN = {"swin_t": (), "swin_s": ((2, 2, 18, 2),), "swin_b": ((2, 2, 18, 2), 128, 4)}

NETWORKS = {name: partial(swin, name, *_SWIN[name]) if name in _SWIN else ZOO[name] for name in PUBLISHED}
"""Name -> what builds it, of all that torchvision publishes weights of."""
