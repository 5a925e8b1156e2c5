"""Functions that give whole numbers, signs and opposites: what they refuse."""

import pytest

from cnnshape.errors import ShapeError
from cnnshape.layers import Negative
from cnnshape.layers.base import Context, Spec


def test_bools_have_no_negative():
    with pytest.raises(ShapeError, match="CS211"):
        Negative().outputs((Spec((2, 3), "bool"),), Context())
