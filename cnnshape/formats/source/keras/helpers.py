"""What a written network of Keras has beside Keras: a few layers and functions, as text."""

from __future__ import annotations

__all__ = ["HELPERS"]

HELPERS = {
    "LayerScale": '''
@keras.saving.register_keras_serializable("cnnshape")
class LayerScale(layers.Layer):
    """A learned factor for each channel."""

    def __init__(self, initial=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        self.gamma = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
            name="gamma",
        )

    def call(self, inputs):
        return inputs * self.gamma

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "initial": self.initial}
''',
    "Learned": '''
@keras.saving.register_keras_serializable("cnnshape")
class Learned(layers.Layer):
    """A learned tensor; if it is batched, the same for each image of a batch."""

    def __init__(self, shape, initial=0.0, batched=True, **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(shape)
        self.initial = initial
        self.batched = batched

    def build(self, input_shape):
        initializer = "random_normal"
        if self.initial is not None:
            initializer = keras.initializers.Constant(self.initial)
        self.tensor = self.add_weight(
            shape=self.shape, initializer=initializer, name="tensor"
        )

    def call(self, inputs):
        if not self.batched:
            return ops.convert_to_tensor(self.tensor)
        return ops.broadcast_to(self.tensor, (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.shape) if self.batched else self.shape

    def get_config(self):
        config = {"shape": self.shape, "initial": self.initial, "batched": self.batched}
        return {**super().get_config(), **config}
''',
    "channel_shuffle": '''
def channel_shuffle(x, groups, name):
    """Mix the channels of several groups."""
    _, *space, channels = x.shape
    last = len(space) + 1
    order = (*range(1, last), last + 1, last)
    x = layers.Reshape((*space, groups, channels // groups), name=f"{name}_split")(x)
    x = layers.Permute(order, name=f"{name}_swap")(x)
    return layers.Reshape((*space, channels), name=name)(x)
''',
    "pixel_shuffle": '''
def pixel_shuffle(x, factor, name):
    """Put channels side by side in space; those of one pixel are neighbors."""
    _, height, width, channels = x.shape
    depth = channels // factor**2
    parts = (height, width, depth, factor, factor)
    x = layers.Reshape(parts, name=f"{name}_split")(x)
    x = layers.Permute((1, 4, 2, 5, 3), name=f"{name}_swap")(x)
    return layers.Reshape((height * factor, width * factor, depth), name=name)(x)
''',
    "local_response_norm": '''
def local_response_norm(x, size, alpha, beta, k, name):
    """Divide by a power of the mean square of the neighboring channels."""
    channels = x.shape[-1]
    around = [(0, 0)] * (len(x.shape) - 1) + [(size // 2, (size - 1) // 2)]
    squares = ops.pad(ops.square(x), around)
    total = squares[..., :channels]
    for first in range(1, size):
        total = total + squares[..., first : first + channels]
    return x / (k + alpha / size * total) ** beta
''',
}
"""Name -> its text, which begins with an empty line."""
