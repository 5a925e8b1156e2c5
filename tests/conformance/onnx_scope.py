"""Which operators of ONNX are in scope, which are covered, and which tests of covered ones do not pass, and why.

Covered are the operators that the catalogue's tables, or the reader, read. Every other operator of the specification is
in LATER or in OUT; every test of covered operators passes or is named in REASONS.
"""

LATER: dict[str, str] = {}
"""Why not yet -> operators in scope."""

OUT = {
    "random numbers": "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike",
    "losses of a training": "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss",
    "signals": "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT",
    "sequences and optional values, which are no tensors": (
        "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct SequenceEmpty "
        "SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence"
    ),
    "texts and files": "ImageDecoder RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer",
    "no layer of a convolutional network": "Det NonMaxSuppression",
}
"""Why not at all -> operators out of scope."""

REASONS = {
    # element types
    r"test_cast(like)?_.*(BFLOAT16|FLOAT8|FLOAT4|INT4|INT2)": "NumPy has no such element type",
    r"test_attention_.*_bf16_expanded": "NumPy has no such element type",
    r"test_range_bfloat16": "NumPy has no such element type",
    r"test_(celu|compress|reversesequence|onehot_with|unique)_bfloat16": "NumPy has no such element type",
    r"test_(attention|einsum)_.*_bf(loat)?16": "NumPy has no such element type",
    r"test_(de)?quantizelinear_(e4m3fn|e5m2|u?int[24]_|float4e2m1)": "NumPy has no such element type",
    # tensors without elements
    r"test_reduce_.*_empty_set": "a tensor holds at least one element",
    r"test_reshape_allowzero_reordered": "a tensor holds at least one element",
    r"test_slice_start_out_of_bounds": "a tensor holds at least one element",
    r"test_causal_conv_with_state_kernel_size_one": "a tensor holds at least one element",
    r"test_split_zero_size_splits": "a tensor holds at least one element",
    r"test_constantofshape_int_shape_zero": "a tensor holds at least one element",
    r"test_causal_conv_with_state_kernel_size_one_expanded": "a tensor holds at least one element",
    r"test_rotary_embedding_(3d_input|interleaved|no_position_ids|no_position_ids_interleaved)_expanded": (
        "a tensor holds at least one element"
    ),
    r"test_rotary_embedding_expanded": "a tensor holds at least one element",
    r"test_tri[lu]_zero": "a tensor holds at least one element",
    r"test_shape_start_greater_than_end": "a tensor holds at least one element",
    # no tensors
    r"test_equal_string": "an element is a number",
    r"test_identity_(opt|sequence)": "the input is a sequence",
    # operator sets
    r"test_scan_sum": "operator set 8 has it with a batch, and later ones without",
    r"test_not_[234]d": "the operator set has version 1; versions from 6 on are read",
    # training
    r"test_batchnorm_(epsilon|example)_training_mode": "training mode",
    r"test_training_dropout_(default|default_mask|mask)_": "training mode",
    r"test_training_dropout_cpu": "training mode",
    # rounding
    r"test_attention_4d_causal_fp16_expanded": "half precision is rounded after every operator, products in single",
}
"""Test, as a pattern from its beginning -> why it does not pass."""


def listed(table: dict[str, str]) -> list[str]:
    """Return the operators of LATER or OUT."""
    return [name for names in table.values() for name in names.split()]
