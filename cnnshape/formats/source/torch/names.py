"""Names of a network as names of Python: identifiers that hide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from keyword import iskeyword

__all__ = ["Names", "camel", "fits_attribute", "plain"]

_TAKEN = frozenset(
    {"self", "torch", "nn", "F", "Tensor", "OrderedDict", "Sequence", "super", "range", "max", "min", "float", "int"}
    | {"pad_same", "center_crop", "bool", "str", "tuple", "list"}
)
_OF_MODULES = frozenset(
    re.findall(
        r"\w+",
        """
    forward train eval type float half double to cpu cuda ipu xpu mtia apply children modules parameters buffers
    state_dict training share_memory compile bfloat16 extra_repr add_module load_state_dict requires_grad_
    zero_grad to_empty set_submodule get_submodule get_parameter get_buffer get_extra_state set_extra_state
    call_super_init dump_patches register_buffer register_parameter register_module register_forward_hook
    register_backward_hook register_forward_pre_hook register_full_backward_hook named_parameters named_buffers
    named_children named_modules keys items values pop clear update append extend insert copy fromkeys get popitem
    setdefault T_destination register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_state_dict_post_hook register_state_dict_pre_hook
        """,
    )
)
"""What a module, or a list or mapping of modules, has already."""


def plain(text: str, first: str = "layer") -> str:
    """Return an identifier like a text.

    Examples
    --------
    >>> plain("conv1"), plain("0"), plain("/block/Conv 1"), plain("class"), plain('x"); import os')
    ('conv1', 'layer0', 'block_Conv_1', 'class_', 'x_import_os')
    """
    safe = re.sub(r"[^A-Za-z0-9]+", "_", text) if not text.isidentifier() or not text.isascii() else text
    safe = safe if safe == text else safe.strip("_")
    if not safe or safe[0].isdigit():
        safe = f"{first}{safe}"
    return f"{safe}_" if iskeyword(safe) or safe.startswith("__") else safe


def fits_attribute(name: str) -> bool:
    """Say whether a module can have a part of that name."""
    return plain(name) == name and name not in _OF_MODULES and not name.startswith("_")


def camel(text: str) -> str:
    """Return a text as the name of a class.

    Examples
    --------
    >>> camel("denseblock1"), camel("Conv2d_1a_3x3"), camel("inception_block"), camel("ResNet-50")
    ('Denseblock1', 'Conv2d1a3x3', 'InceptionBlock', 'ResNet50')
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", text) if word]
    return plain("".join(word[0].upper() + word[1:] for word in words), "Net")


class Names:
    """Names that are given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*_TAKEN, *taken}

    def give(self, wished: str) -> str:
        """Return the name, or one like it that nothing has yet."""
        name, count = wished, 1
        while name in self.taken or iskeyword(name):
            count += 1
            name = f"{wished}_{count}" if not wished.endswith("_") else f"{wished}{count}"
        self.taken.add(name)
        return name

    def attribute(self, wished: str) -> str:
        """Return the name of a part of a module."""
        name = plain(wished)
        return self.give(name if name not in _OF_MODULES else f"{name}_")
