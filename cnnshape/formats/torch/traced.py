"""What stands for a tensor while the code of a PyTorch module runs: it has a shape, and notes what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

from cnnshape.formats.torch.sizes import OnData, Undecided, length
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Unmapped

__all__ = ["LeftOut", "Recorder", "Traced", "is_traced"]


class Recorder(Protocol):
    """Whoever notes calls."""

    def call(self, operator: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call, and return what it gives."""

    def assign(self, tensor: Any, index: Any, value: Any) -> Any:
        """Return a tensor of which a part is written over."""

    def reads(self, operator: str) -> bool:
        """Say whether some row reads the operator."""


_BINARY = "add radd sub rsub mul rmul truediv rtruediv floordiv mod pow matmul rmatmul lt le gt ge eq ne"
_IN_PLACE = "add sub mul truediv floordiv mod pow"
_WORDS = {"and": "logical_and", "or": "logical_or", "xor": "logical_xor"}


class LeftOut:
    """A result of an operator that its layer does not give: code may leave it aside, and nothing else."""

    def __init__(self, operator: str) -> None:
        self._operator = operator

    def read(self) -> NoReturn:
        raise Unmapped(f"{self._operator}: its layer gives the first output alone")

    def __getattr__(self, name: str) -> NoReturn:
        self.read()

    @classmethod
    def __torch_function__(cls, _: Any, __: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> NoReturn:
        next(each for each in (*args, *(kwargs or {}).values()) if isinstance(each, cls)).read()


def is_traced(value: Any) -> bool:
    """Say whether a value stands for a tensor: `isinstance` would take it for one of PyTorch's own."""
    return type(value) is Traced


def operator_of(function: Any) -> str:
    """Return the name under which a function of PyTorch is read."""
    return str(getattr(function, "__name__", function)).strip("_")


class Traced:
    """A tensor with a name and a spec; `recorder` notes what is done with it."""

    def __init__(self, recorder: Recorder, name: str, spec: Spec) -> None:
        self._recorder, self._name, self._spec = recorder, name, spec
        self._memory, self._seen = [0], 0
        """How often a step in place has changed the numbers in memory, and of how many this tensor knows."""

    @property  # type: ignore[misc]  # code asks isinstance(x, torch.Tensor)
    def __class__(self) -> Any:
        import torch

        return torch.Tensor

    @classmethod
    def __torch_function__(cls, function: Any, _: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        recorder = next(found for found in _inside((args, kwargs or {})))._recorder
        return recorder.call(operator_of(function), args, dict(kwargs or {}))

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(length(size) for size in self._spec.shape)

    @property
    def ndim(self) -> int:
        return len(self._spec.shape)

    @property
    def dtype(self) -> Any:
        import torch

        return getattr(torch, self._spec.dtype)

    @property
    def device(self) -> Any:
        import torch

        return torch.device("cpu")

    requires_grad = is_cuda = is_nested = is_sparse = is_quantized = False
    layout = grad = grad_fn = None

    @property
    def T(self) -> Any:  # noqa: N802  # PyTorch's name
        return self._recorder.call("t", (self,), {})

    @property
    def mT(self) -> Any:  # noqa: N802  # PyTorch's name
        return self._recorder.call("mT", (self,), {})

    @property
    def data(self) -> Any:
        return self

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return self.ndim

    def numel(self) -> Any:
        found: Any = 1
        for size in self.shape:
            found = found * size
        return found

    def is_floating_point(self) -> bool:
        return "float" in self._spec.dtype

    def is_complex(self) -> bool:
        return False

    def is_contiguous(self, **_: Any) -> bool:
        return True

    def new_zeros(self, *shape: Any, **options: Any) -> Any:
        return self._recorder.call("zeros", shape, {"dtype": self._spec.dtype, **options})

    def new_ones(self, *shape: Any, **options: Any) -> Any:
        return self._recorder.call("ones", shape, {"dtype": self._spec.dtype, **options})

    def __len__(self) -> int:
        size = self._spec.shape[0]
        if not isinstance(size, int):
            raise Undecided(f"the code goes over an axis of the free size {size}")
        return size

    def __iter__(self) -> Iterator[Any]:
        return iter(self._recorder.call("unbind", (self,), {}))

    def __getitem__(self, index: Any) -> Any:
        return self._recorder.call("getitem", (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self.become(self._recorder.assign(self, index, value))

    def __bool__(self) -> bool:
        raise OnData("the code asks what is in a tensor: it depends on the data")

    __int__ = __float__ = __index__ = item = tolist = numpy = __bool__

    def __neg__(self) -> Any:
        return self._recorder.call("neg", (self,), {})

    def __abs__(self) -> Any:
        return self._recorder.call("abs", (self,), {})

    def __invert__(self) -> Any:
        return self._recorder.call("invert", (self,), {})

    def __hash__(self) -> int:
        return id(self)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        in_place = name.endswith("_")

        def method(*args: Any, **kwargs: Any) -> Any:
            made = self._recorder.call(name.strip("_"), (self, *args), kwargs)
            return self.become(made) if in_place and is_traced(made) else made

        return method

    def become(self, other: Traced) -> Traced:
        """Stand for another tensor from now on, as one that is changed in place does for all who hold it."""
        self._name, self._spec = other._name, other._spec
        self._memory[0] += 1
        self._seen = self._memory[0]
        return self

    def share(self, other: Traced) -> None:
        """Be a view of another tensor: a step in place that changes one changes both."""
        self._memory, self._seen = other._memory, other._seen

    @property
    def stale(self) -> bool:
        """Whether a step in place has changed the numbers since, through another view."""
        return self._seen < self._memory[0]

    def __repr__(self) -> str:
        return f"<{self._name} {self._spec}>"


def _binary(operator: str) -> Callable[[Traced, Any], Any]:
    return lambda self, other: self._recorder.call(operator, (self, other), {})


def _in_place(operator: str) -> Callable[[Traced, Any], Any]:
    return lambda self, other: self.become(self._recorder.call(operator, (self, other), {}))


for _operator in _IN_PLACE.split():
    setattr(Traced, f"__i{_operator}__", _in_place(_operator))
for _operator in _BINARY.split():
    setattr(Traced, f"__{_operator}__", _binary(_operator))
for _word, _operator in _WORDS.items():
    setattr(Traced, f"__{_word}__", _binary(_operator))


def _inside(value: Any) -> Iterator[Traced]:
    if is_traced(value):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _inside(each)
