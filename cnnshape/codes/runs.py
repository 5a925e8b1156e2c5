"""Codes CS5xx: a network that cannot be run on arrays."""

from __future__ import annotations

from cnnshape.codes.rule import Rule

__all__ = ["RULES"]

_PLANNED = """\
from cnnshape.runtime.plan import plan
import cnnshape, numpy
ready = plan(cnnshape.zoo("lenet5"), {"N": 1, "H": 32, "W": 32})
"""
_RUN = """\
from cnnshape.runtime.execute import execute
from cnnshape.runtime.weights import initial
"""

RULES = {
    "CS501": Rule(
        "a layer that cannot be computed",
        "The network holds a layer, or an element type, that NumPy has no function for.",
        "Sizes and counts are known for every layer; numbers need a function that computes them.",
        "import cnnshape\nfrom cnnshape import layers as L\nfrom cnnshape.runtime.plan import plan\n"
        'x = cnnshape.Input("x", (4,))\n'
        'plan(cnnshape.Network("half", inputs=x, outputs=L.Cast("bfloat16")(x)), {"N": 1})',
        "import cnnshape\nfrom cnnshape import layers as L\nfrom cnnshape.runtime.plan import plan\n"
        'x = cnnshape.Input("x", (4,))\n'
        'plan(cnnshape.Network("half", inputs=x, outputs=L.Cast("float16")(x)), {"N": 1})',
    ),
    "CS502": Rule(
        "an input that does not fit the plan",
        "An array is missing, is given under a name that is no input, or has another shape or element type.",
        "A plan is made for sizes: memory is laid out for them before anything runs.",
        f'{_PLANNED}{_RUN}execute(ready, {{"image": numpy.ones((1, 1, 32, 32))}}, initial(ready))',
        f'{_PLANNED}{_RUN}execute(ready, {{"input": numpy.ones((1, 1, 32, 32), "float32")}}, initial(ready))',
    ),
    "CS503": Rule(
        "a weight that does not fit the network",
        "A weight is missing or has another shape; all of them are listed. Probably they are those of another network.",
        "Numbers of a network with wrong weights would mean nothing.",
        f'{_PLANNED}{_RUN}execute(ready, {{"input": numpy.ones((1, 1, 32, 32), "float32")}}, {{}})',
        f'{_PLANNED}{_RUN}execute(ready, {{"input": numpy.ones((1, 1, 32, 32), "float32")}}, initial(ready))',
    ),
    "CS504": Rule(
        "more memory than there is",
        "A run would take more than the machine has free: the tensors between layers, the weights, inputs and outputs.",
        "All of it is known before anything is taken. A machine that runs out of memory stops other programs as well.",
        "cnnshape run examples/lenet5.yaml --random 0 --set N=1000000000",
        "cnnshape run examples/lenet5.yaml --random 0 --set N=2",
    ),
    "CS505": Rule(
        "classes of what is no classifier",
        "--classes asks for the largest outputs, and no output has one number for each class; or there are not as many "
        "labels as classes.",
        "A label that belongs to another class would be worse than none.",
        "cnnshape run examples/unet.yaml --random 0 --input 16 --classes 5",
        "cnnshape run examples/lenet5.yaml --random 0 --classes 5",
    ),
}
