"""Random programs that compute with the sizes of a tensor x (N, H, W), as ONNX graphs."""

import random

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
TensorProto, helper, numpy_helper = onnx.TensorProto, onnx.helper, onnx.numpy_helper

TYPES = {"i": (TensorProto.INT64, np.int64), "f": (TensorProto.FLOAT, np.float32), "b": (TensorProto.BOOL, np.bool_)}
VERSIONS = (11, 13, 15, 17, 18, 19, 21)
FAR = (2**31 - 1, -(2**31), 2**63 - 1, -(2**63))


class Program:
    """Operators drawn at random; each takes tensors of at most one axis that are there already.

    A tensor is (name, kind, number of axes, elements); a kind is i, f or b.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.version = self.random.choice(VERSIONS)
        self.nodes, self.stored, self.count = [], [], 0
        self.there = []
        self.add("Shape", ["x"], "i", 1, 3)
        for _ in range(self.random.randint(3, 10)):
            getattr(self, self.random.choice(STEPS))()

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def number(self, value, kind="i"):
        self.stored.append(numpy_helper.from_array(np.array(value, TYPES[kind][1]), self.name()))
        return self.stored[-1].name

    def add(self, operator, inputs, kind, rank, length, **attributes):
        made = self.name()
        self.nodes.append(helper.make_node(operator, inputs, [made], **attributes))
        self.there.append((made, kind, rank, length))
        return made

    def axis(self, operator, x, since, kind, rank, length, **attributes):
        """An operator whose axes are an attribute before a version."""
        place = self.random.choice([0, -1])
        if self.version < since:
            return self.add(operator, [x], kind, rank, length, axes=[place], **attributes)
        return self.add(operator, [x, self.number([place])], kind, rank, length, **attributes)

    def any(self, kinds, axes=None):
        found = [each for each in self.there if each[1] in kinds and axes in (None, each[2])]
        return self.random.choice(found[-4:] + found) if found else self.there[0]

    def two(self, kinds):
        """Two tensors of a kind that are broadcast; one may be stored."""
        first = self.any(kinds)
        others = [
            each for each in self.there if each[1] == first[1] and (1 in (each[3], first[3]) or each[3] == first[3])
        ]
        second = self.random.choice(others)
        if first[1] != "b" and self.random.random() < 0.5:
            value = self.random.choice([-5, -2, -1, 1, 2, 3, 7] if first[1] == "i" else [0.5, 0.25, 2.0, 1.5, -1.0])
            second = (self.number(value, first[1]), first[1], 0, 1)
        pair = [first, second]
        self.random.shuffle(pair)
        return [each[0] for each in pair], first[1], max(first[2], second[2]), max(first[3], second[3])

    def arithmetic(self):
        inputs, kind, *size = self.two("if")
        self.add(self.random.choice(["Add", "Sub", "Mul", "Div", "Div"]), inputs, kind, *size)

    def remainder(self):
        inputs, kind, *size = self.two("i")
        self.add("Mod", inputs, kind, *size, fmod=self.random.choice([0, 1]))

    def extremum(self):
        inputs, kind, *size = self.two("if" if self.version > 11 else "f")
        if kind == "f" or self.version > 11:
            self.add(self.random.choice(["Min", "Max"]), inputs, kind, *size)

    def comparison(self):
        inputs, _, *size = self.two("if")
        words = ["Equal", "Less", "Greater", *(["LessOrEqual", "GreaterOrEqual"] if self.version > 11 else [])]
        self.add(self.random.choice(words), inputs, "b", *size)

    def logic(self):
        x = self.any("b")
        if x[1] != "b":
            return
        if self.random.random() < 0.4:
            self.add("Not", [x[0]], *x[1:])
        else:
            inputs, kind, *size = self.two("b")
            self.add(self.random.choice(["And", "Or", "Xor"]), inputs, kind, *size)

    def choice(self):
        condition, (inputs, kind, axes, length) = self.any("b"), self.two("i")
        if condition[1] == "b" and (1 in (condition[3], length) or condition[3] == length):
            size = max(axes, condition[2]), max(length, condition[3])
            self.add("Where", [condition[0], *inputs], kind, *size)

    def cast(self):
        x, kind = self.any("ifb"), self.random.choice("iifb")
        self.add("Cast", [x[0]], kind, *x[2:], to=TYPES[kind][0])

    def rounding(self):
        x = self.any("f")
        if x[1] == "f":
            self.add(self.random.choice(["Floor", "Ceil", "Round"]), [x[0]], *x[1:])

    def sign(self):
        x = self.any("if")
        if x[1] != "b":
            self.add(self.random.choice(["Neg", "Abs", "Sign", "Identity"]), [x[0]], *x[1:])

    def gather(self):
        x = self.any("i", 1)
        places = [self.random.randrange(-x[3], x[3]) for _ in range(self.random.randint(1, 3))]
        operator = self.random.choice(["Gather", "Gather", "GatherND", "GatherElements"])
        if operator == "Gather" and self.random.random() < 0.5:
            self.add(operator, [x[0], self.number(places[0])], "i", 0, 1, axis=0)
        elif operator == "GatherND":
            self.add(operator, [x[0], self.number([[place] for place in places])], "i", 1, len(places))
        else:
            self.add(operator, [x[0], self.number(places)], "i", 1, len(places), axis=0)

    def scatter(self):
        x, value = self.any("i", 1), self.any("i", 0)
        if value[2] == 0:
            row = self.axis("Unsqueeze", value[0], 13, "i", 1, 1)
            place = self.number([[self.random.randrange(-x[3], x[3])]])
            more = {"reduction": self.random.choice(["none", "add", "mul"])} if self.version > 15 else {}
            self.add("ScatterND", [x[0], place, row], *x[1:], **more)

    def slice(self):
        x = self.any("i", 1)
        around = range(-x[3] - 1, x[3] + 2)
        start, end = (self.random.choice([*FAR, *around, *around]) for _ in range(2))
        step = self.random.choice([1, 1, 2, -1, -2, 3])
        length = len(range(*slice(start, end, step).indices(x[3])))
        if length:
            places = [self.number([each]) for each in (start, end, self.random.choice([0, -1]), step)]
            self.add("Slice", [x[0], *places], "i", 1, length)

    def concat(self):
        parts = [self.any("i", 1) for _ in range(self.random.randint(1, 3))]
        length = sum(part[3] for part in parts)
        if length < 12:
            self.add("Concat", [part[0] for part in parts], "i", 1, length, axis=self.random.choice([0, -1]))

    def axes(self):
        x = self.any("if")
        if x[1] == "b" or x[3] != 1:
            return
        if x[2] == 0:
            self.axis("Unsqueeze", x[0], 13, x[1], 1, 1)
        elif self.random.random() < 0.3:
            self.add("Squeeze", [x[0]], x[1], 0, 1)
        else:
            self.axis("Squeeze", x[0], 13, x[1], 0, 1)

    def reduction(self):
        x, keep = self.any("if", 1), self.random.choice([0, 1])
        operator = self.random.choice(["ReduceProd", "ReduceMax", "ReduceMin", "ReduceSum"])
        if x[1] != "b" and x[2] == 1:
            since = 13 if operator == "ReduceSum" else 18
            self.axis(operator, x[0], since, x[1], keep, 1, keepdims=keep)

    def running(self):
        x, (before, back) = self.any("i", 1), self.random.choices([0, 1], k=2)
        self.add("CumSum", [x[0], self.number(0)], *x[1:], exclusive=before, reverse=back)

    def copies(self):
        x, times = self.any("i", 1), self.random.randint(1, 3)
        if x[3] == 1:
            self.add("Expand", [x[0], self.number([times])], "i", 1, times)
        elif x[3] * times < 12:
            self.add("Tile", [x[0], self.number([times])], "i", 1, x[3] * times)

    def order(self):
        x = self.any("i", 1)
        most = self.random.randint(1, x[3])
        values, places = self.name(), self.name()
        self.nodes.append(helper.make_node("TopK", [x[0], self.number([most])], [values, places], axis=0))
        self.there += (values, "i", 1, most), (places, "i", 1, most)

    def sizes(self):
        if self.version > 14:
            start, end = self.random.choice([-9, -3, -2, -1, 0, 1, 2]), self.random.choice([-1, 1, 2, 3, 9])
            length = len(range(3)[start:end])
            if length:
                self.add("Shape", ["x"], "i", 1, length, start=start, end=end)
        else:
            self.add("Size", ["x"], "i", 0, 1)

    def model(self):
        """The ModelProto that gives the last tensor; what it does not need is left out."""
        name, kind, *_ = self.there[-1]
        needed, kept = {name}, []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        out = helper.make_empty_tensor_value_info(name)
        out.type.tensor_type.elem_type = TYPES[kind][0]
        graph = helper.make_graph(
            kept[::-1],
            "sizes",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "H", "W"])],
            [out],
            [tensor for tensor in self.stored if tensor.name in needed],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.version)], ir_version=8)


STEPS = (
    *["arithmetic"] * 3, *["comparison", "choice", "cast", "gather", "slice", "axes"] * 2, "remainder", "extremum",
    "logic", "rounding", "sign", "scatter", "concat", "reduction", "running", "copies", "order", "sizes",
)  # fmt: skip
