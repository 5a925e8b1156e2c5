"""What a run takes is known, and refused, before it is taken."""

import tracemalloc

import pytest

import cnnshape as cs
from cnnshape.api.runs import ready
from cnnshape.errors import UsageError
from cnnshape.runtime import room
from cnnshape.runtime.plan import plan
from cnnshape.runtime.room import check_room, free_memory, needed_bytes


def test_free_memory_is_that_of_the_kernel(monkeypatch, tmp_path):
    table = tmp_path / "meminfo"
    table.write_text("MemTotal:  100 kB\nMemFree:  1 kB\nMemAvailable:   42 kB\n")
    monkeypatch.setattr(room, "_MEMINFO", table)
    monkeypatch.setattr(room, "_CGROUP", tmp_path)
    assert free_memory() == 42 * 1024
    (tmp_path / "memory.max").write_text("30000\n")
    (tmp_path / "memory.current").write_text("10000\n")
    assert free_memory() == 20_000
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "nothing")
    assert free_memory() == 20_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 1 << 20  # what the operating system says in its own way


def test_the_largest_batch_that_fits_is_named_and_one_more_does_not_fit():
    network, sizes = cs.load("lenet5"), {"N": 1000, "H": 32, "W": 32}
    free = 5_000_000
    with pytest.raises(UsageError) as caught:
        check_room(plan(network, sizes), network, sizes, free)
    fault = caught.value.fault
    assert fault.code == "CS504"
    assert fault.needed == free
    most = int(fault.fix.rpartition("=")[2])
    assert fault.fix == f"the largest batch that fits is {most}: N={most}"
    assert needed_bytes(plan(network, {**sizes, "N": most})) <= free
    assert needed_bytes(plan(network, {**sizes, "N": most + 1})) > free


def test_what_does_not_fit_even_for_one_image():
    network = cs.load("lenet5")
    for batch, fix in (
        (1, "smaller maps, or float16"),
        (2, "a batch of 1 does not fit either: smaller maps, or float16"),
    ):
        sizes = {"N": batch, "H": 32, "W": 32}
        with pytest.raises(UsageError) as caught:
            check_room(plan(network, sizes), network, sizes, 1000)
        assert caught.value.fault.fix == fix


def test_nothing_is_taken_before_the_refusal():
    tracemalloc.start()
    with pytest.raises(UsageError, match="CS504"):
        ready(cs.load("vgg11"), sizes={"N": 1_000_000})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000  # the plans; a single layer of the run takes 12 TB


def test_the_needed_bytes_are_the_tensors():
    x = cs.Input("x", (8,))
    planned = plan(cs.Network("line", inputs=x, outputs=cs.layers.Linear(4)(x)), {"N": 2})
    # arena: 2*8 and 2*4 floats, each from a line of 64 bytes on; weights 8*4 + 4; in 2*8, out 2*4, outside of it
    assert needed_bytes(planned) == 2 * 64 + 4 * (36 + 16 + 8)


def test_weights_are_there_twice_while_they_are_packed():
    x = cs.Input("x", (64, 8, 8))
    planned = plan(cs.Network("line", inputs=x, outputs=cs.layers.Conv(256, kernel_size=3)(x)), {"N": 1}, strict=True)
    # A weight of 256*64*9 floats is read, then laid out anew; the arena is smaller than one of the two.
    assert planned.arena_bytes < 4 * 256 * 64 * 9
    weight, bias, ends = 256 * 64 * 9, 256, 64 * 8 * 8 + 256 * 6 * 6
    assert needed_bytes(planned) == 4 * (2 * (weight + bias) + ends)


def test_the_largest_batch_is_that_of_the_same_options():
    network, sizes = cs.load("resnet18(width_mult=0.25)"), {"N": 64, "H": 64, "W": 64}
    for options in ({"strict": True}, {"threads": 3}, {"keep": ("bn1", "layer1.0.conv1")}):
        free = 12_000_000
        with pytest.raises(UsageError) as caught:
            check_room(plan(network, sizes, **options), network, sizes, free, keep=options.get("keep", ()))
        most = int(caught.value.fault.fix.rpartition("=")[2])
        assert needed_bytes(plan(network, {**sizes, "N": most}, **options)) <= free
        assert needed_bytes(plan(network, {**sizes, "N": most + 1}, **options)) > free
