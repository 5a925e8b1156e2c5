"""The code of a PyTorch module, called once: what it does with its tensors becomes records.

As `torch.fx` does it: modules of `torch.nn` are leaves, and everything else is followed. Sizes are formulas, so that
code may compute with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import wraps
from typing import Any
from unittest.mock import patch

from cnnshape.formats.reading.bounds import Bounds
from cnnshape.formats.reading.builder import Builder
from cnnshape.formats.reading.records import ForeignModel, Known, Record
from cnnshape.formats.torch.assign import assigned
from cnnshape.formats.torch.sizes import Length, Undecided, plain
from cnnshape.formats.torch.traced import LeftOut, Traced, is_traced
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_torch import At

__all__ = ["Trace", "is_tensor", "known_of"]

_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
_NOT_FIELDS = ("training", "call_super_init", "dump_patches")
_IN_PLACE = (
    "relu",
    "relu6",
    "selu",
    "silu",
    "mish",
    "hardsigmoid",
    "hardswish",
    "leaky_relu",
    "elu",
    "celu",
    "hardtanh",
)
"""Functions whose last argument says whether they change their tensor in place."""
_VIEWS = frozenset(
    (
        *("view", "reshape", "flatten", "permute", "transpose", "t", "mT", "unsqueeze", "squeeze", "expand", "select"),
        *("narrow", "split", "chunk", "unbind", "unflatten", "detach", "contiguous", "to", "movedim", "swapaxes"),
        *("view_as", "reshape_as", "expand_as", "dropout", "dropout2d", "float", "type_as", "swapdims", "ravel"),
    )
)
_VIEW_MODULES = ("Flatten", "Unflatten", "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
"""What may give the same numbers in memory as it takes."""
_SHAPED: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "LSTM": lambda made: (made[0], made[1:]),
}
"""What a module gives, where it is no flat tuple."""


class _Everything(set[str]):
    """Names of tensors that somebody may read."""

    def __contains__(self, _: object) -> bool:
        return True


class _Walk(Builder):
    """The walk over the records while they are made."""

    def __init__(self, model: ForeignModel) -> None:
        super().__init__(model, Bounds())
        self.read = _Everything()

    def outputs_of(self, record: Record) -> tuple[bool, ...]:
        """Say for each output of a record whether it is there."""
        made = self.read_as(record._replace(outputs=("0", "1", "2", "3")))
        return tuple(each is not None for each in made) if isinstance(made, tuple) else (True,)

    def add(self, record: Record) -> None:
        """Make the layers of a record."""
        self._record(record)
        self.bounds.demand(self.demanded)
        self.demanded = []


def known_of(tensor: Any) -> Known:
    """Return a tensor of PyTorch as one whose numbers are loaded when somebody needs them."""
    dtype = str(tensor.dtype).removeprefix("torch.")

    def load() -> Any:
        found = tensor.detach().cpu()
        return (found.float() if dtype == "bfloat16" else found).numpy()

    return Known(tuple(tensor.shape), dtype, load, there=not tensor.is_meta)


class Trace:
    """One call of a module: the records so far.

    Parameters
    ----------
    module : an nn.Module
    name : of the network
    inputs : name -> Spec
    """

    def __init__(self, module: Any, name: str, inputs: Mapping[str, Spec]) -> None:
        import torch

        self.torch, self.module = torch, module
        self.records: list[Record] = []
        self.paths = {id(each): path for path, each in module.named_modules()}
        self.names: dict[int, str] = {}
        self._kept: list[Any] = []
        self._walk_values: dict[str, Known] = {}
        self.values: dict[str, Known] = {}
        learned = set()
        for path, parameter in module.named_parameters(remove_duplicate=False):
            if id(parameter) not in self.names:
                learned.add(path)
                self._name_of(parameter, path)
        for path, buffer in module.named_buffers(remove_duplicate=False):
            self._name_of(buffer, path)
        self.model = ForeignModel(name, inputs, (), self.records, self.values, frozenset(learned))
        self._builder = _Walk(self.model)
        self._builder.values = self._walk_values
        self._scope: list[str] = []
        for each in inputs:
            self._builder.tensor(each)

    def _name_of(self, tensor: Any, wished: str = "") -> str:
        """Return the name of one of PyTorch's own tensors, which becomes a constant unless it is a module's."""
        found = self.names.get(id(tensor))
        if found is None:
            found = wished or f"constant{len(self._kept) + 1}"
            self.names[id(tensor)] = found
            self._kept.append(tensor)  # so that no other gets its id
            self.values[found] = known_of(tensor)
            self._walk_values[found] = self.values[found]
        return found

    def traced(self, name: str) -> Traced:
        """Return what stands for a tensor."""
        if name in self._builder.known:
            return Traced(self, name, self._builder.known[name][1])
        known = self._builder.values[name]
        return Traced(self, name, Spec(known.shape, known.dtype))

    def name_of(self, value: Any) -> str:
        """Return the name of a tensor."""
        if is_traced(value) and value.stale:
            raise Undecided("a tensor is read after a step in place has changed it through another view of it")
        return value._name if is_traced(value) else self._name_of(value)

    def reads(self, operator: str) -> bool:
        return catalog.foreign_of("torch", operator) is not None

    def call(self, operator: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call of a function or method, and return what it gives."""
        scope = self._scope[-1] if self._scope else ""
        made = self._note(operator, args, kwargs, {}, {}, f"{scope}.{operator}" if scope else operator, scope)
        if kwargs.get("inplace") or (operator in _IN_PLACE and len(args) > 1 and args[-1] is True):
            return args[0].become(made[0])
        if operator in _VIEWS and args and is_traced(args[0]):
            for each in made:
                each.share(args[0])
        elif operator == "getitem" and not any(map(is_tensor, args[1] if isinstance(args[1], tuple) else args[1:])):
            made[0].share(args[0])
        return made[0] if len(made) == 1 else made

    def assign(self, tensor: Any, index: Any, value: Any) -> Any:
        """Return a tensor of which a part is written over."""
        return assigned(self, tensor, index, value)

    def leaf(self, module: Any, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call of a module of PyTorch's own."""
        path = self.paths.get(id(module), "")
        owned = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        weights = {name: each for name, each in owned.items() if name != "num_batches_tracked"}
        fields = {k: v for k, v in vars(module).items() if not k.startswith("_") and k not in _NOT_FIELDS}
        fields |= {"bias": module.bias} if isinstance(vars(module).get("bias"), bool) else {}
        made = self._note(kind, args, kwargs, fields, weights, path or kind.lower(), path.rpartition(".")[0])
        if fields.get("inplace") and args and is_traced(args[0]):
            return args[0].become(made[0])
        if kind in _VIEW_MODULES:
            made[0].share(args[0])
        if kind in _SHAPED:
            return _SHAPED[kind](made)
        return made[0] if len(made) == 1 else made

    def _note(
        self,
        operator: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        fields: dict[str, Any],
        weights: dict[str, Any],
        path: str,
        scope: str,
    ) -> tuple[Any, ...]:
        inputs: list[str] = []

        def put(name: str) -> int:
            if name not in inputs:
                inputs.append(name)
            return inputs.index(name)

        def data(value: Any) -> Any:
            if is_traced(value) or isinstance(value, self.torch.Tensor):
                return At(put(self.name_of(value)))
            if isinstance(value, (tuple, list)):
                return tuple(data(each) for each in value)
            if isinstance(value, slice):
                return slice(data(value.start), data(value.stop), data(value.step))
            if isinstance(value, (self.torch.dtype, self.torch.device)):
                return str(value).removeprefix("torch.")
            return plain(value)

        attributes: dict[str, Any] = {"args": data(args), "kwargs": {name: data(each) for name, each in kwargs.items()}}
        if fields or weights:
            attributes["fields"] = {k: data(v) for k, v in fields.items() if not isinstance(v, self.torch.nn.Module)}
        attributes.setdefault("fields", {})
        attributes["weights"] = {name: put(self._name_of(each)) for name, each in weights.items()}
        number = len(self.records)
        record = Record("torch", operator, 2, path, tuple(inputs), (), attributes, path, scope)
        try:
            outputs = self._builder.outputs_of(record)
        except Unmapped as why:
            raise Unmapped(f"{operator}: {why}") from None
        record = record._replace(
            outputs=tuple(f"{path}:{number}.{i}" if there else "" for i, there in enumerate(outputs))
        )
        self._builder.add(record)
        self.records.append(record)
        absent = None if kwargs.get("need_weights") is False else LeftOut(operator)
        return tuple(self.traced(name) if name else absent for name in record.outputs)

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Call the module, and return what it gives."""
        with ExitStack() as stack:
            stack.enter_context(_evaluating(self.module))
            stack.enter_context(self.torch.no_grad())
            for each in self._patches():
                stack.enter_context(each)
            stack.enter_context(_restored(self.module))
            return self.module(**arguments)

    def _patches(self) -> Iterator[Any]:
        nn = self.torch.nn
        call, get = nn.Module.__call__, nn.Module.__getattr__
        owned = {id(each) for each in (*self.module.parameters(), *self.module.buffers())}

        def called(module: Any, *args: Any, **kwargs: Any) -> Any:
            kind = self._leaf(module)
            if kind == "MultiheadAttention" and _masked(args, kwargs):
                kind = ""
            if kind:
                return self.leaf(module, kind, args, kwargs)
            path = self.paths.get(id(module), self._scope[-1] if self._scope else "")
            self._scope.append(path)
            try:
                return call(module, *args, **kwargs)
            finally:
                self._scope.pop()

        def got(module: Any, name: str) -> Any:
            found = get(module, name)
            return self.traced(self.names[id(found)]) if id(found) in owned else found

        yield patch.object(nn.Module, "__call__", called)
        yield patch.object(nn.Module, "__getattr__", got)
        for space in (nn.functional, self.torch.functional):
            # Their code in Python is followed; what it calls in C comes to `Traced`.
            for name in ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic"):
                if hasattr(space, name):
                    yield patch.object(space, name, lambda *_: False)
        for name in ("expand", "repeat", "view", "reshape"):
            yield patch.object(self.torch.Tensor, name, self._instead(name, getattr(self.torch.Tensor, name)))
        for space in (self.torch, nn.functional):
            for name in catalog.foreign_names("torch"):
                if name[:1].islower() and callable(getattr(space, name, None)):
                    yield patch.object(space, name, self._instead(name, getattr(space, name)))

    def _leaf(self, module: Any) -> str:
        """Return the class of PyTorch whose forward a module has, or "" for a module that is followed."""
        ours = (kind for kind in type(module).__mro__ if kind.__module__.startswith("torch.nn.modules."))
        kind: Any = next((kind for kind in ours if kind.__name__ != "Module"), None)
        if kind is None or type(module).forward is not kind.forward:
            return ""
        if module._forward_hooks or module._forward_pre_hooks or hasattr(module, "parametrizations"):
            return ""  # they change what it computes: its own code is followed
        if any(is_traced(each) for each in module._parameters.values()):
            return ""
        followed = kind.__name__ in _CONTAINERS or list(module.children())
        return kind.__name__ if self.reads(kind.__name__) or not followed else ""

    def _instead(self, name: str, function: Any) -> Any:
        @wraps(function)
        def instead(*args: Any, **kwargs: Any) -> Any:
            if any(map(_ours, (*args, *kwargs.values()))):
                return self.call(name, args, kwargs)
            return function(*args, **kwargs)

        return instead


def _ours(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_ours, value))
    return is_traced(value) or type(value) is Length


def _masked(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    words = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask")
    given = {**dict(zip(words, args, strict=False)), **kwargs}
    return given.get("key_padding_mask") is not None or given.get("attn_mask") is not None


@contextmanager
def _restored(module: Any) -> Iterator[None]:
    """Put back what the code keeps in its modules."""
    before = [(each, dict(vars(each))) for each in module.modules()]
    filled = [(each, copy(each)) for _, kept in before for each in kept.values() if isinstance(each, (dict, list, set))]
    try:
        yield
    finally:
        for each, kept in before:
            vars(each).clear()
            vars(each).update(kept)
        for store, content in filled:  # a cache, a list of what came by
            store.clear()
            store.extend(content) if isinstance(store, list) else store.update(content)


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Put a module into evaluation, and each part back afterwards."""
    before = [(each, each.training) for each in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for each, training in before:
            each.training = training


def is_tensor(value: Any) -> bool:
    """Say whether a value is a tensor of PyTorch, or stands for one."""
    import torch

    return isinstance(value, torch.Tensor)
