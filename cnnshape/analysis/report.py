"""Everything that is known about a network, in one place; each part is worked out when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from cnnshape.analysis.conventions import FLOPS_PER_MAC, Reconciliation, Tally, reconcile, tally
from cnnshape.analysis.counts import Counts, counts
from cnnshape.analysis.fitting.assumed import check_assumed
from cnnshape.analysis.fitting.follows import follow_notes
from cnnshape.analysis.fitting.refusal import refused_at
from cnnshape.analysis.fitting.unflattened import unflattened_notes
from cnnshape.analysis.fitting.validity import Relation, Validity, validity
from cnnshape.analysis.memory import DType, Memory, Peak, memory
from cnnshape.analysis.quantity import Quantity
from cnnshape.analysis.receptive_field import Field, Fields, receptive_fields
from cnnshape.analysis.records import (
    ConditionFacts,
    ErrorFacts,
    FieldFacts,
    Incomplete,
    LayerFacts,
    TensorFacts,
    Totals,
)
from cnnshape.analysis.sharing import Sharing, sharing
from cnnshape.analysis.untold import unknown_notes
from cnnshape.analysis.unused import unused_notes
from cnnshape.errors import CnnshapeError
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers.io import Input
from cnnshape.symbolic import Assumption, Dim, IntegerSet, Size

__all__ = [
    "ConditionFacts",
    "ErrorFacts",
    "Facts",
    "FieldFacts",
    "Incomplete",
    "LayerFacts",
    "TensorFacts",
    "Totals",
    "facts",
]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known about a network at some sizes.

    Made by `facts`. All else follows from these fields and is an attribute too.

    Parameters
    ----------
    network : Network
    convention : str, how operations are counted
    dtype : what an element is stored as
    sizes : symbol -> int; the other symbols are free
    assume : what else is taken for granted of the free symbols
    free : Facts with all symbols free; None if these are they
    """

    network: Network
    convention: str = "torchvision"
    dtype: DType = "float32"
    sizes: Mapping[str, int] = field(default_factory=dict)
    assume: Sequence[Assumption] = ()
    free: Facts | None = field(default=None, repr=False)

    def __reduce__(self) -> tuple[object, ...]:
        return Facts, (self.network, self.convention, self.dtype, {**self.sizes}, self.assume, self.free)

    def at(self, sizes: Mapping[str, int] = _NO_SIZES, /, **more: int) -> Facts:
        """Return the facts at sizes; those of an earlier `at` that are not named stay."""
        given = {**self.sizes, **sizes, **more}
        return replace(self, sizes=MappingProxyType(given), free=self.free or self)

    @property
    def model(self) -> str:
        return self.network.name

    @property
    def source(self) -> str:
        return self.network.source

    @property
    def symbols(self) -> Mapping[str, int | None]:
        """The symbols of the inputs; None for one that is free."""
        return {name: self.sizes.get(name) for name in self.network.symbols}

    @cached_property
    def propagation(self) -> Propagation:
        """The walk at these sizes: what stands behind a fault is absent from it."""
        refused = refused_at(self.free.propagation.demands, self.sizes) if self.free else {}
        return propagate(self.network, self.sizes, refused)

    @cached_property
    def validity(self) -> Validity:
        """Which sizes fit the free network."""
        return self.free.validity if self.free else validity(self.propagation, self.assume)

    @cached_property
    def counts(self) -> Counts:
        """Parameters and operations by layer."""
        return counts(self.propagation, self.free.counts if self.free and None in self.propagation.outputs else None)

    @cached_property
    def tally(self) -> Tally:
        """Operations under the convention."""
        return tally(self.counts, self.convention)

    @cached_property
    def memory(self) -> Memory:
        """Bytes by layer."""
        return memory(self.counts, self.dtype)

    @cached_property
    def fields(self) -> Fields:
        """Receptive fields by tensor."""
        return receptive_fields(self.propagation)

    @cached_property
    def sharing(self) -> tuple[Sharing, ...]:
        """What weight sharing saves, by layer."""
        return sharing(self.counts)

    def reconcile(self, other: str) -> Reconciliation:
        """Return what lies between the count of this report and another convention's, term by term."""
        return reconcile(self.counts, self.convention, other)

    @property
    def complete(self) -> bool:
        """True if the count leaves no layer out."""
        return self.tally.complete

    @property
    def incomplete(self) -> tuple[Incomplete, ...]:
        return self.tally.incomplete

    @cached_property
    def params(self) -> Size:
        """Elements of all weights that training could change."""
        return self._short(self.counts.params.total)

    @cached_property
    def macs(self) -> Size:
        """Multiply-adds under the convention."""
        return self._short(self.tally.macs.total)

    @property
    def flops(self) -> Size:
        """Operations under the convention."""
        return FLOPS_PER_MAC * self.macs

    @cached_property
    def totals(self) -> Totals:
        return Totals(
            self.params,
            self._short(self.counts.trainable.total),
            self._short(self.counts.frozen.total),
            self._short(self.counts.buffers.total),
            self.macs,
            self.flops,
            self._short(self.memory.weights.total),
            self._short(self.memory.activations.total),
            None if self.peak.bytes is None else self._short(self.peak.bytes),
        )

    @property
    def peak(self) -> Peak:
        """The most activations alive at once, and the layer that holds them."""
        return self.memory.peak

    @cached_property
    def inputs(self) -> tuple[TensorFacts, ...]:
        return tuple(self._known(node.name) for node in self.network.inputs if node.name in self.propagation.specs)

    @cached_property
    def outputs(self) -> tuple[TensorFacts, ...]:
        """The outputs by their names; one behind a fault is absent."""
        specs = self.propagation.specs
        named = self.network.outputs.items()
        return tuple(replace(self._known(tensor), name=name) for name, tensor in named if tensor in specs)

    @cached_property
    def layers(self) -> tuple[LayerFacts, ...]:
        """All nodes but the inputs, in order."""
        kept = [i for i, node in enumerate(self.network.nodes) if not isinstance(node.layer, Input)]
        columns = [
            self._column(quantity)
            for quantity in (
                self.counts.params,
                self.counts.trainable,
                self.counts.frozen,
                self.counts.buffers,
                self.tally.macs,
                self.memory.weights,
                self.memory.activations,
            )
        ]
        return tuple(self._layer(i, [column[i] for column in columns]) for i in kept)

    def _layer(self, i: int, row: Sequence[Size | None]) -> LayerFacts:
        node, found = self.network.nodes[i], self.propagation
        params, trainable, frozen, buffers, macs, weight_bytes, activation_bytes = row
        names = self._output_names(i)
        field = self.fields.of(names[0]) if names and i not in self.network.held else None
        return LayerFacts(
            name=node.name,
            op=node.layer.op,
            kind=str(node.layer.kind),
            block=node.scope,
            place=node.place,
            inputs=tuple(self._known(tensor) for tensor in node.inputs if tensor in found.specs),
            outputs=tuple(self._known(tensor) for tensor in names),
            params=params,
            trainable=trainable,
            frozen=frozen,
            buffers=buffers,
            macs=macs,
            flops=None if macs is None else FLOPS_PER_MAC * macs,
            weight_bytes=weight_bytes,
            activation_bytes=activation_bytes,
            receptive_field=None if field is None else _field_facts(field),
            executed=i not in self.network.held,
            shares=node.weights_of,
        )

    def _output_names(self, i: int) -> tuple[str, ...]:
        outputs, name = self.propagation.outputs[i], self.network.nodes[i].name
        if outputs is None:
            return ()
        return (name,) if len(outputs) == 1 else tuple(f"{name}.{port}" for port in range(len(outputs)))

    def _known(self, tensor: str) -> TensorFacts:
        found = self._tensors.get(tensor)
        if found is None:
            network, spec = self.network, self.propagation.specs[tensor]
            owner = tensor if tensor in network.index else tensor.rpartition(".")[0]
            shape = tuple([self._short(size) for size in network.origin.shown(tensor, spec.shape)])
            found = TensorFacts(tensor, shape, self.memory.stored_as(network.index[owner], spec.dtype))
            self._tensors[tensor] = found
        return found

    @cached_property
    def _tensors(self) -> dict[str, TensorFacts]:
        return {}

    def _column(self, quantity: Quantity) -> list[Size | None]:
        return [None if value is None else self._short(value) for value in quantity.per_layer().values()]

    def _short(self, size: Size) -> Size:
        """Return the simplest formula that is equal for all sizes that fit."""
        if not isinstance(size, Dim):
            return size
        found = self._shortened.get(size)
        if found is None:
            found = self._shortened[size] = self.validity.shortened(size)
        return found

    @cached_property
    def _shortened(self) -> dict[Dim, Size]:
        return {}

    @cached_property
    def conditions(self) -> tuple[ConditionFacts, ...]:
        """What the sizes of the free network must fulfill, one symbol at a time, then what couples several."""
        fits = self.validity
        single = [
            ConditionFacts(name, each.text(name), tuple(reason.layer for reason in fits.because.get(name, ())))
            for name, each in fits.sets.items()
        ]
        # A relation of one box says the same as the sets of its two symbols.
        coupled = [
            ConditionFacts(None, each.text, tuple(reason.layer for reason in each.because))
            for each in fits.relations
            if len(each.boxes) != 1
        ]
        return (*single, *coupled)

    @property
    def sets(self) -> Mapping[str, IntegerSet]:
        """The values that work for each symbol that is restricted."""
        return self.validity.sets

    @property
    def relations(self) -> tuple[Relation, ...]:
        return self.validity.relations

    @cached_property
    def valid(self) -> bool | None:
        """True or False; None if symbols that are free leave it undecided."""
        return self.validity.check(self.sizes)

    @cached_property
    def errors(self) -> tuple[ErrorFacts, ...]:
        """Every fault at these sizes that does not follow from another."""
        return tuple(_error_facts(error) for error in self.validity.errors_at(self.sizes))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Lines for the reader."""
        free = self.free or self
        follows = follow_notes(free.propagation, {**self.network.defaults, **self.sizes})
        shown = unflattened_notes(self.propagation)
        return (
            *self.network.notes,
            *unknown_notes(self.network),
            *self.validity.notes,
            *follows,
            *shown,
            *unused_notes(self.network),
        )


def facts(
    network: Network,
    *,
    convention: str = "torchvision",
    dtype: DType = "float32",
    assume: Sequence[Assumption] = (),
) -> Facts:
    """Return everything that is known about a network, with its sizes free.

    Parameters
    ----------
    network : Network
    convention : how operations are counted: torchvision, fvcore, timm, thop, ptflops or keras
    dtype : what an element is stored as: float64, float32, float16, bfloat16, float8, int8, int4, ...; one for all, or
        {layer or block: element type}
    assume : what is taken for granted of the symbols, as `symbolic.parse_conditions` reads it

    Raises
    ------
    UsageError
        CS001, an unknown convention, element type or layer; raised where it is first needed. CS004, an assumption on a
        symbol that the network does not have, or one that nothing fulfills.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> found = facts(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, padding=1)(x)))
    >>> found.totals.params, found.totals.macs, found.at(H=32, W=32).totals.activation_bytes
    (224, 216*H*W, 32768)
    """
    check_assumed(assume, network)
    return Facts(network, convention, dtype, assume=tuple(assume))


def _field_facts(field: Field) -> FieldFacts:
    return FieldFacts(field.size, field.stride, field.offset, field.status)


def _error_facts(error: CnnshapeError) -> ErrorFacts:
    fault = error.fault
    line = next((int(part) for part in reversed(fault.place.split(":")[:-1]) if part.isdigit()), None)
    return ErrorFacts(fault.code, fault.node, line, fault.message, fault.fix, str(error))
