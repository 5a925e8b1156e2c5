"""What fvcore, thop and ptflops count for single layers and for whole networks, measured with the tools themselves.

fvcore 0.1.5.post20221221, thop 0.1.1.post2209072238, ptflops 0.7.5 (backend pytorch) and torch 2.13.0, on the CPU, in
evaluation mode, batch 1. The torch modules are those of the same name and arguments; Add is `a + b`, Clip is
`x.clamp(0, 1)`, SeparableConv two Conv2d, GlobalAvgPool is AdaptiveAvgPool2d(1), and MultiheadAttention is called with
need_weights=False. None: the tool says that it has no rule, and counts nothing (fvcore lists the operator among
`unsupported_ops()`, thop and ptflops have no hook for the module).
"""

from functools import partial

import cnnshape.layers as L

LINE, MAP, BOX = (1, 6, 20), (1, 6, 8, 10), (1, 6, 4, 6, 8)
TOKENS, MORE, STEPS = (1, 5, 12), (1, 7, 12), (1, 7, 4)

heads = partial(L.MultiheadAttention, num_heads=3, batch_first=True)
rnn, gru, lstm = (partial(cell, 5, batch_first=True) for cell in (L.RNN, L.GRU, L.LSTM))

# id, layer, shapes of its inputs, fvcore, thop, ptflops
# fmt: off
LAYERS = (
    ("conv1d", L.Conv(8, kernel_size=3), (LINE,), 2592, 2592, 2736),
    ("conv2d groups", L.Conv(8, kernel_size=3, stride=2, padding=1, groups=2), (MAP,), 4320, 4320, 4480),
    ("conv2d no bias", L.Conv(8, kernel_size=3, bias=False), (MAP,), 20736, 20736, 20736),
    ("conv3d", L.Conv(8, kernel_size=3), (BOX,), 62208, 62208, 62592),
    ("conv depthwise", L.DepthwiseConv(kernel_size=3), (MAP,), 2592, 2592, 2880),
    ("conv separable", L.SeparableConv(8, kernel_size=3), (MAP,), 4896, 4896, 5280),
    ("transposed 1d", L.ConvTranspose(8, kernel_size=4, stride=2), (LINE,), 3840, 8064, 4176),
    ("transposed 2d groups", L.ConvTranspose(8, kernel_size=4, stride=2, padding=1, groups=2), (MAP,),
      30720, 122880, 33280),
    ("transposed 3d no bias", L.ConvTranspose(8, kernel_size=2, stride=2, bias=False), (BOX,), 73728, 589824, 73728),
    ("linear", L.Linear(7), (MAP,), 3360, 3360, 3696),
    ("linear no bias", L.Linear(7, bias=False), ((1, 10),), 70, 70, 70),
    ("bilinear", L.Bilinear(7), ((1, 5), (1, 6)), None, None, None),
    ("matmul", L.MatMul(), ((1, 5, 6), (1, 6, 7)), 210, None, 210),
    ("matmul heads", L.MatMul(), ((1, 3, 5, 6), (1, 3, 6, 7)), 630, None, 630),
    ("matmul second has the batch", L.MatMul(), ((5, 6), (1, 3, 6, 7)), 210, None, 210),
    ("batch norm 1d", L.BatchNorm(), (LINE,), 240, 480, 240),
    ("batch norm 2d", L.BatchNorm(), (MAP,), 960, 1920, 960),
    ("batch norm plain", L.BatchNorm(affine=False), (MAP,), 480, 960, 480),
    ("batch norm without statistics", L.BatchNorm(track_running_stats=False), (MAP,), 2400, 1920, 960),
    ("layer norm", L.LayerNorm(10), (MAP,), 2400, 1920, 480),
    ("layer norm plain", L.LayerNorm(10, elementwise_affine=False), (MAP,), 1920, 960, 480),
    ("group norm", L.GroupNorm(2), (MAP,), 2400, None, 960),
    ("group norm plain", L.GroupNorm(2, affine=False), (MAP,), 1920, None, 480),
    ("instance norm", L.InstanceNorm(), (MAP,), 1920, 960, 480),
    ("instance norm affine", L.InstanceNorm(affine=True), (BOX,), 5760, 4608, 2304),
    ("rms norm", L.RMSNorm(10), (MAP,), None, None, None),
    ("max pool", L.MaxPool(3, stride=2, padding=1), (MAP,), None, 0, 960),
    ("max pool 1d", L.MaxPool(2), (LINE,), None, 0, 240),
    ("avg pool", L.AvgPool(3, stride=2, padding=1), (MAP,), None, 120, 960),
    ("avg pool 3d", L.AvgPool(2), (BOX,), None, 144, 2304),
    ("lp pool", L.LPPool(2, norm_type=2), (MAP,), None, None, 720),
    ("lp pool 3d", L.LPPool(2, norm_type=2), (BOX,), None, None, 1440),
    ("adaptive avg pool", L.AdaptiveAvgPool((3, 4)), (MAP,), 480, 552, 960),
    ("adaptive avg pool 1d", L.AdaptiveAvgPool(4), (LINE,), None, 144, 240),
    ("adaptive avg pool 3d", L.AdaptiveAvgPool(2), (BOX,), None, 1200, 2304),
    ("adaptive max pool", L.AdaptiveMaxPool(2), (MAP,), None, 0, 960),
    ("global avg pool", L.GlobalAvgPool(), (MAP,), 480, 486, 960),
    ("global max pool", L.GlobalMaxPool(), (MAP,), None, 0, 960),
    ("ReLU", L.ReLU(), (MAP,), 0, 0, 960),
    ("ReLU6", L.ReLU6(), (MAP,), None, 0, 480),
    ("LeakyReLU", L.LeakyReLU(), (MAP,), None, 0, 480),
    ("PReLU", L.PReLU(), (MAP,), None, 480, 960),
    ("ELU", L.ELU(), (MAP,), None, None, 960),
    ("SELU", L.SELU(), (MAP,), None, None, None),
    ("CELU", L.CELU(), (MAP,), None, None, None),
    ("GELU", L.GELU(), (MAP,), None, None, 960),
    ("SiLU", L.SiLU(), (MAP,), None, None, 480),
    ("Mish", L.Mish(), (MAP,), None, None, None),
    ("Softplus", L.Softplus(), (MAP,), None, None, None),
    ("Softsign", L.Softsign(), (MAP,), None, None, None),
    ("Hardsigmoid", L.Hardsigmoid(), (MAP,), None, None, None),
    ("Hardswish", L.Hardswish(), (MAP,), None, None, None),
    ("Hardtanh", L.Hardtanh(), (MAP,), None, None, None),
    ("LogSigmoid", L.LogSigmoid(), (MAP,), None, None, None),
    ("Softshrink", L.Softshrink(), (MAP,), None, None, None),
    ("Hardshrink", L.Hardshrink(), (MAP,), None, None, None),
    ("Tanhshrink", L.Tanhshrink(), (MAP,), None, None, None),
    ("Sigmoid", L.Sigmoid(), (MAP,), None, None, None),
    ("Tanh", L.Tanh(), (MAP,), None, None, None),
    ("GLU", L.GLU(1), (MAP,), None, None, None),
    ("softmax", L.Softmax(1), (MAP,), None, 1360, 480),
    ("softmax last", L.Softmax(-1), (MAP,), None, 1392, 480),
    ("log softmax", L.LogSoftmax(1), (MAP,), None, None, None),
    ("clamp", L.Clip(min=0.0, max=1.0), (MAP,), 0, None, None),
    ("add", L.Add(), (MAP, MAP), None, None, None),
    ("multiply", L.Multiply(), (MAP, MAP), None, None, None),
    ("subtract", L.Subtract(), (MAP, MAP), None, None, None),
    ("concat", L.Concat(), (MAP, MAP), 0, 0, 0),
    ("upsample nearest", L.Upsample(scale_factor=2), (MAP,), 1920, 1920, 3840),
    ("upsample nearest 3d", L.Upsample(scale_factor=2), (BOX,), None, 9216, 18432),
    ("upsample size", L.Upsample(size=(5, 7)), (MAP,), 210, 210, 420),
    ("upsample linear", L.Upsample(scale_factor=2, mode="linear"), (LINE,), None, 1200, 480),
    ("upsample bilinear", L.Upsample(scale_factor=2, mode="bilinear"), (MAP,), 7680, 21120, 3840),
    ("upsample bilinear by 1.5", L.Upsample(scale_factor=1.5, mode="bilinear"), (MAP,), 4320, 11880, 2160),
    ("upsample bicubic", L.Upsample(scale_factor=2, mode="bicubic"), (MAP,), None, 497280, 3840),
    ("upsample trilinear", L.Upsample(scale_factor=2, mode="trilinear"), (BOX,), None, None, 18432),
    ("grid sample", L.GridSample(), (MAP, (1, 5, 7, 2)), 840, None, None),
    ("pixel shuffle", L.PixelShuffle(2), ((1, 8, 4, 4),), 0, 0, 0),
    ("dropout", L.Dropout(), (MAP,), 0, 0, 0),
    ("flatten", L.Flatten(), (MAP,), 0, 0, 0),
    ("zero pad", L.Pad(1), (MAP,), 0, 0, 0),
    ("mean", L.ReduceMean(1), (MAP,), None, None, None),
    ("attention product", L.ScaledDotProductAttention(), ((1, 3, 5, 6), (1, 3, 7, 6), (1, 3, 7, 6)), None, None, None),
    ("multihead", heads(), (TOKENS, TOKENS, TOKENS), 2880, None, 3855),
    ("multihead no bias", heads(bias=False), (TOKENS, TOKENS, TOKENS), 2880, None, 3675),
    ("multihead cross", heads(), (TOKENS, MORE, MORE), 3456, None, 4749),
    ("multihead other widths", heads(), (TOKENS, (1, 7, 8), (1, 7, 10)), 2952, None, 3546),
    ("RNN", rnn(), (STEPS,), None, 420, 420),
    ("RNN, bias=False", rnn(bias=False), (STEPS,), None, 350, 350),
    ("RNN, num_layers=3", rnn(num_layers=3), (STEPS,), None, 1330, 1330),
    ("RNN, bidirectional=True", rnn(bidirectional=True), (STEPS,), None, 840, 840),
    ("RNN, both", rnn(num_layers=2, bidirectional=True), (STEPS,), None, 2100, 2100),
    ("GRU", gru(), (STEPS,), None, 1400, 1400),
    ("GRU, bias=False", gru(bias=False), (STEPS,), None, 1190, 1190),
    ("GRU, num_layers=3", gru(num_layers=3), (STEPS,), None, 4410, 4410),
    ("GRU, bidirectional=True", gru(bidirectional=True), (STEPS,), None, 2800, 2800),
    ("GRU, both", gru(num_layers=2, bidirectional=True), (STEPS,), None, 6860, 6860),
    ("LSTM", lstm(), (STEPS,), None, 1820, 1890),
    ("LSTM, bias=False", lstm(bias=False), (STEPS,), None, 1540, 1610),
    ("LSTM, num_layers=3", lstm(num_layers=3), (STEPS,), None, 5740, 5950),
    ("LSTM, bidirectional=True", lstm(bidirectional=True), (STEPS,), None, 3640, 3780),
    ("LSTM, both", lstm(num_layers=2, bidirectional=True), (STEPS,), None, 8960, 9240),
    ("LSTM, proj_size=3", lstm(proj_size=3), (STEPS,), None, 1820, 1610),
    ("LSTM, proj_size=3, both", lstm(proj_size=3, num_layers=2, bidirectional=True), (STEPS,), None, 8960, 7000),
)
# fmt: on

# id: sizes, torch's FlopCounterMode / 2 (None where it does not see an operator), fvcore, thop, ptflops
NETWORKS = {
    "resnet50": ({"H": 224, "W": 224}, 4_089_184_256, 4_111_512_576, 4_133_742_592, 4_132_436_968),
    "mobilenet_v2": ({"H": 224, "W": 224}, 300_774_272, 314_193_216, 327_550_720, 320_362_728),
    "unet": ({"H": 64, "W": 96}, 153_845_760, 153_845_760, 182_157_312, 156_119_040),
    "recurrent": ({"L": 40}, None, 40_960, 1_597_440, 1_609_360),
    "attention": ({"T": 50}, None, 2_489_600, 1_664_000, 2_851_600),
}
