"""Small models of Keras, one or a few for each layer and each way to call one; needs Keras."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
L, ops = keras.layers, keras.ops

IMAGE, LINE, VOLUME, WORDS, FLAT = (9, 8, 4), (7, 4), (5, 6, 7, 4), (6,), (5,)


def one(layer, shape=IMAGE):
    x = L.Input(shape)
    return keras.Model(x, layer(x))


def functional(function, *shapes, dtype="float32"):
    inputs = [L.Input(shape, name=f"x{i}", dtype=dtype) for i, shape in enumerate(shapes)]
    return keras.Model(inputs, function(*inputs))


def attention(**given):
    return functional(L.MultiHeadAttention(2, 3, **given), LINE, (5, 6))


def shared():
    left, right = L.Input(IMAGE, name="left"), L.Input(IMAGE, name="right")
    conv = L.Conv2D(3, 2, name="twice")
    return keras.Model([left, right], L.Add()([conv(left), conv(right)]))


def nested():
    inner = keras.Sequential([L.Input(IMAGE), L.Conv2D(3, 2, name="c"), L.BatchNormalization()], name="tower")
    deep = keras.Sequential([L.Input(IMAGE), inner, L.PReLU(shared_axes=[1, 2])], name="outer")
    x = L.Input(IMAGE)
    return keras.Model(x, L.Concatenate()([deep(x), L.Conv2D(2, 2)(x)]))


def ends():
    x = {"a": L.Input(FLAT, name="a"), "b": L.Input(FLAT, name="b")}
    y = L.Dense(3, name="d")(x["a"])
    return keras.Model(x, {"one": y, "two": L.Dense(2, name="e")(L.Subtract()([x["a"], x["b"]]))})


def frozen():
    model = keras.Sequential([L.Input(IMAGE), L.Conv2D(3, 2), L.BatchNormalization(), L.Dense(2)])
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    return model


def residual():
    x = L.Input((None, None, 3))
    y = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    y = L.Activation("relu")(L.BatchNormalization()(y))
    z = L.SeparableConv2D(8, 3, padding="same", activation="gelu")(y)
    z = L.SpatialDropout2D(0.3)(L.GaussianNoise(0.1)(z))
    z = L.Add()([y, z])
    z = L.Multiply()([z, L.Dense(8, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(z))])
    return keras.Model(x, L.Softmax()(L.Dense(5)(L.GlobalMaxPooling2D()(z))))


def channels_first():
    x = L.Input((3, 8, 6))
    y = L.Conv2D(4, 3, data_format="channels_first")(x)
    y = L.BatchNormalization(axis=1)(y)
    y = L.MaxPooling2D(data_format="channels_first")(y)
    return keras.Model(x, L.Dense(3)(L.Flatten(data_format="channels_first")(y)))


def mixed():
    return keras.Sequential([L.Input(IMAGE), L.Conv2D(3, 2, dtype="mixed_float16"), L.Dense(2, dtype="float32")])


def operations(function, *shapes):
    return lambda: functional(function, *(shapes or ((8, 6),)))


CONVS = {
    "conv1d": lambda: one(L.Conv1D(6, 3, strides=2, padding="same"), LINE),
    "conv1d-causal": lambda: one(L.Conv1D(6, 3, dilation_rate=2, padding="causal"), LINE),
    "conv2d": lambda: one(L.Conv2D(6, (3, 2), dilation_rate=(2, 1), activation="tanh")),
    "conv2d-groups": lambda: one(L.Conv2D(6, 3, groups=2, use_bias=False, padding="same", strides=2)),
    "conv3d": lambda: one(L.Conv3D(3, 2, strides=(1, 2, 1)), VOLUME),
    "depthwise1d": lambda: one(L.DepthwiseConv1D(3, depth_multiplier=2), LINE),
    "depthwise2d": lambda: one(L.DepthwiseConv2D((3, 2), depth_multiplier=3, padding="same")),
    "separable1d": lambda: one(L.SeparableConv1D(5, 3, depth_multiplier=2), LINE),
    "separable2d": lambda: one(L.SeparableConv2D(5, 3, strides=2, padding="same", use_bias=False)),
    "transpose1d": lambda: one(L.Conv1DTranspose(5, 3, strides=2), LINE),
    "transpose2d-same": lambda: one(L.Conv2DTranspose(5, 3, strides=2, padding="same")),
    "transpose2d-added": lambda: one(L.Conv2DTranspose(5, 3, strides=2, padding="same", output_padding=1)),
    "transpose3d": lambda: one(L.Conv3DTranspose(2, 2, strides=2), VOLUME),
    "dense": lambda: one(L.Dense(3, activation="softmax"), FLAT),
    "dense-map": lambda: one(L.Dense(3)),
    "einsum": lambda: one(L.EinsumDense("abc,cd->abd", (None, 7), bias_axes="d"), LINE),
    "einsum-heads": lambda: one(L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), LINE),
    "embedding": lambda: functional(L.Embedding(11, 3), WORDS, dtype="int32"),
}
POOLS = {
    "max1d": lambda: one(L.MaxPooling1D(2, padding="same"), LINE),
    "max2d": lambda: one(L.MaxPooling2D((3, 2), strides=1)),
    "max3d": lambda: one(L.MaxPooling3D(), VOLUME),
    "average1d": lambda: one(L.AveragePooling1D(3, 2), LINE),
    "average2d-same": lambda: one(L.AveragePooling2D(3, 1, padding="same")),
    "average3d": lambda: one(L.AveragePooling3D(2), VOLUME),
    "global-average1d": lambda: one(L.GlobalAveragePooling1D(), LINE),
    "global-max2d": lambda: one(L.GlobalMaxPooling2D(keepdims=True)),
    "global-average3d": lambda: one(L.GlobalAveragePooling3D(), VOLUME),
    "adaptive1d": lambda: one(L.AdaptiveAveragePooling1D(3), LINE),
    "adaptive2d": lambda: one(L.AdaptiveMaxPooling2D((3, 2))),
}
NORMS = {
    "batch": lambda: one(L.BatchNormalization(epsilon=0.01)),
    "batch-flat": lambda: one(L.BatchNormalization(), FLAT),
    "batch-no-scale": lambda: one(L.BatchNormalization(scale=False)),
    "batch-no-center": lambda: one(L.BatchNormalization(center=False), FLAT),
    "batch-axis": lambda: one(L.BatchNormalization(axis=1)),
    "layer": lambda: one(L.LayerNormalization()),
    "layer-axes": lambda: one(L.LayerNormalization(axis=[2, 3])),
    "layer-no-scale": lambda: one(L.LayerNormalization(scale=False), LINE),
    "layer-no-center": lambda: one(L.LayerNormalization(center=False), LINE),
    "rms": lambda: one(L.RMSNormalization(), LINE),
    "group": lambda: one(L.GroupNormalization(2)),
    "group-no-scale": lambda: one(L.GroupNormalization(2, scale=False)),
    "unit": lambda: one(L.UnitNormalization(), LINE),
    "normalization": lambda: one(L.Normalization()),
    "normalization-stated": lambda: one(L.Normalization(mean=[2.0, 1.0, 0.0, 3.0], variance=[4.0, 1.0, 2.0, 3.0])),
    "spectral": lambda: one(L.SpectralNormalization(L.Conv2D(3, 2))),
}
RECURRENT = {
    "lstm": lambda: one(L.LSTM(3), LINE),
    "lstm-sequences": lambda: one(L.LSTM(3, return_sequences=True, use_bias=False), LINE),
    "lstm-backwards": lambda: one(L.LSTM(3, return_sequences=True, go_backwards=True), LINE),
    "gru": lambda: one(L.GRU(3), LINE),
    "gru-before": lambda: one(L.GRU(3, reset_after=False, return_sequences=True), LINE),
    "rnn": lambda: one(L.SimpleRNN(3, activation="relu"), LINE),
    "bidirectional": lambda: one(L.Bidirectional(L.LSTM(3, return_sequences=True)), LINE),
    "bidirectional-last": lambda: one(L.Bidirectional(L.GRU(3)), LINE),
    "bidirectional-sum": lambda: one(L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="sum"), LINE),
    "time-dense": lambda: one(L.TimeDistributed(L.Dense(3)), LINE),
    "time-conv": lambda: one(L.TimeDistributed(L.Conv2D(3, 2)), VOLUME),
    "time-pool": lambda: one(L.TimeDistributed(L.GlobalAveragePooling2D()), VOLUME),
    "attention-heads": attention,
    "attention-heads-causal": lambda: functional(
        lambda q: L.MultiHeadAttention(2, 3)(q, q, use_causal_mask=True), LINE
    ),
    "attention-heads-sizes": lambda: attention(value_dim=5, output_shape=8, use_bias=False),
    "attention-heads-key": lambda: functional(
        lambda q, v, k: L.MultiHeadAttention(2, 3)(q, value=v, key=k), LINE, (5, 6), (5, 3)
    ),
    "attention-grouped": lambda: functional(lambda q: L.GroupQueryAttention(3, 4, 2)(q, q), LINE),
    "attention": lambda: functional(lambda q, v: L.Attention(use_scale=True)([q, v]), LINE, (5, 4)),
    "attention-key": lambda: functional(lambda q, v, k: L.Attention()([q, v, k]), LINE, (5, 3), (5, 4)),
    "attention-additive": lambda: functional(lambda q, v: L.AdditiveAttention()([q, v]), LINE, (5, 4)),
}
SHAPES = {
    "pad1d": lambda: one(L.ZeroPadding1D((1, 2)), LINE),
    "pad2d": lambda: one(L.ZeroPadding2D(((1, 2), (0, 1)))),
    "pad3d": lambda: one(L.ZeroPadding3D(1), VOLUME),
    "crop1d": lambda: one(L.Cropping1D((1, 2)), LINE),
    "crop2d": lambda: one(L.Cropping2D(((1, 2), (0, 1)))),
    "crop3d": lambda: one(L.Cropping3D(1), VOLUME),
    "up1d": lambda: one(L.UpSampling1D(3), LINE),
    "up2d": lambda: one(L.UpSampling2D((2, 3))),
    "up2d-bilinear": lambda: one(L.UpSampling2D(2, interpolation="bilinear")),
    "up3d": lambda: one(L.UpSampling3D(2), VOLUME),
    "resizing": lambda: one(L.Resizing(5, 11)),
    "center-crop": lambda: one(L.CenterCrop(4, 5)),
    "rescaling": lambda: one(L.Rescaling(1 / 127.5, offset=-1.0)),
    "random": lambda: keras.Sequential([L.Input(IMAGE), L.RandomFlip(), L.RandomRotation(0.1), L.RandomZoom(0.2)]),
    "flatten": lambda: one(L.Flatten()),
    "reshape": lambda: one(L.Reshape((-1, 6))),
    "permute": lambda: one(L.Permute((3, 1, 2))),
    "repeat": lambda: one(L.RepeatVector(3), FLAT),
    "add": lambda: functional(lambda a, b: L.Add()([a, b]), IMAGE, IMAGE),
    "subtract": lambda: functional(lambda a, b: L.Subtract()([a, b]), LINE, LINE),
    "multiply": lambda: functional(lambda a, b: L.Multiply()([a, b]), IMAGE, (1, 1, 4)),
    "average": lambda: functional(lambda a, b: L.Average()([a, b]), FLAT, FLAT),
    "maximum": lambda: functional(lambda a, b: L.Maximum()([a, b]), IMAGE, IMAGE),
    "minimum": lambda: functional(lambda a, b: L.Minimum()([a, b]), IMAGE, IMAGE),
    "concatenate": lambda: functional(lambda a, b: L.Concatenate(axis=1)([a, b]), IMAGE, (3, 8, 4)),
    "dot": lambda: functional(lambda a, b: L.Dot((2, 2), normalize=True)([a, b]), LINE, (5, 4)),
    "dropout": lambda: one(L.AlphaDropout(0.2), FLAT),
}
WORDS_OF_ACTIVATIONS = (
    *("relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "silu", "gelu", "tanh"),
    *("sigmoid", "exponential", "hard_sigmoid", "hard_silu", "hard_tanh", "linear", "mish", "log_softmax", "swish"),
    *("log_sigmoid", "hard_shrink", "soft_shrink", "tanh_shrink", "glu"),
)
ACTIVATIONS = {
    "words": lambda: functional(lambda x: [L.Activation(word)(x) for word in WORDS_OF_ACTIVATIONS], LINE),
    "relu-most": lambda: one(L.ReLU(6.0)),
    "relu-start": lambda: one(L.ReLU(threshold=0.5)),
    "leaky": lambda: one(L.LeakyReLU(0.1)),
    "elu-layer": lambda: one(L.ELU(0.5)),
    "prelu": lambda: one(L.PReLU(shared_axes=[1, 2])),
    "object": lambda: one(L.Dense(3, activation=L.LeakyReLU(0.2))),
    "function": lambda: one(L.Dense(3, activation=keras.activations.swish)),
}
GRAPHS = {
    "shared": shared,
    "nested": nested,
    "ends": ends,
    "frozen": frozen,
    "residual": residual,
    "channels-first": channels_first,
    "mixed": mixed,
    "time-model": lambda: one(L.TimeDistributed(keras.Sequential([L.Input((6, 7, 4)), L.Conv2D(2, 2)])), VOLUME),
    "op-numbers": operations(lambda x: 2 * (1 - x) / 4 + x**2),
    "op-array": operations(lambda x: x * np.arange(6, dtype="float32") + 1),
    "op-image": operations(lambda x: ops.relu(L.Conv2D(3, 2)(x * 2.0 - 1.0)), IMAGE),
    "op-reduce": operations(
        lambda x: [ops.mean(x, axis=1, keepdims=True), ops.sum(x, axis=-1), ops.max(x, axis=(1, 2))]
    ),
    "op-place": operations(lambda x: ops.argmax(x, axis=-1)),
    "op-item": operations(lambda x: [x[:, 0], x[:, 1:, ::2], x[..., None], x[:, -1, :], x[:, 1:5]]),
    "op-views": operations(
        lambda x: [ops.reshape(x, (-1, 48)), ops.transpose(x, (0, 2, 1)), ops.expand_dims(x, 1), ops.flip(x, axis=1)]
    ),
    "op-joins": operations(
        lambda x: [ops.concatenate([x, x], axis=-1), ops.stack([x, x], axis=1), ops.maximum(x, 0.5)]
    ),
    "op-split": operations(lambda x: ops.split(x, 2, axis=1)),
    "op-products": operations(lambda x: [ops.matmul(x, ops.transpose(x, (0, 2, 1))), ops.einsum("btc,bsc->bts", x, x)]),
    "op-choice": operations(lambda x: ops.where(x > 0, x, 0.0)),
    "op-activations": operations(
        lambda x: [ops.softmax(x, axis=-1), ops.sigmoid(x), ops.gelu(x), ops.clip(x, 0, 1), ops.leaky_relu(x)]
    ),
    "op-pad": operations(lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 0)))),
    "op-dense-behind": operations(lambda x: L.Dense(3)(ops.mean(x, axis=1))),
}
MODELS = CONVS | POOLS | NORMS | RECURRENT | SHAPES | ACTIVATIONS | GRAPHS
