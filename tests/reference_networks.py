"""The papers' networks in NumPy and SciPy, in float64: an independent implementation.

Written from the papers' tables, without Keras. A network takes an image `(height, width,
channels)` and a function `weights(layer name) -> list of arrays`, and returns a dictionary
from layer names to what the layers give; the last entry is the network's output.
"""

import numpy as np
import scipy.ndimage


def conv(x, kernel, bias=None, stride=1, dilation=1):
    """Correlation with zero padding; `stride` keeps ceil(size / stride) pixels."""
    x = x.astype(np.float64)
    size = kernel.shape[0]
    reach = dilation * (size - 1) + 1
    pads = []
    for n in x.shape[:2]:
        total = max((-(-n // stride) - 1) * stride + reach - n, 0)
        pads.append((total // 2, total - total // 2))
    x = np.pad(x, (*pads, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (reach, reach), axis=(0, 1))
    windows = windows[::stride, ::stride, :, ::dilation, ::dilation]
    y = np.einsum("hwcij,ijco->hwo", windows, kernel.astype(np.float64), optimize=True)
    return y if bias is None else y + bias


def depthwise(x, kernel, bias):
    """SciPy's correlation, channel by channel."""
    channels = [
        scipy.ndimage.correlate(x[..., c], kernel[:, :, c, 0], mode="constant", origin=0)
        for c in range(x.shape[-1])
    ]
    return np.stack(channels, axis=-1) + bias


def deconv(x, kernel, bias, stride=1):
    """Every input pixel adds its filters, scaled, to the output; then the borders are cut."""
    (height, width, _), size = x.shape, kernel.shape[0]
    y = np.zeros(
        ((height - 1) * stride + max(size, stride), (width - 1) * stride + max(size, stride))
        + (kernel.shape[2],)
    )
    for i in range(size):
        for j in range(size):
            rows = slice(i, i + (height - 1) * stride + 1, stride)
            columns = slice(j, j + (width - 1) * stride + 1, stride)
            y[rows, columns] += x.astype(np.float64) @ kernel[i, j].T.astype(np.float64)
    before = max(size - stride, 0) // 2
    return y[before : before + height * stride, before : before + width * stride] + bias


def norm(x, gamma, beta, mean, variance, epsilon=1e-5):
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    return (x - mean) * scale + beta


def relu(x):
    return np.maximum(x, 0)


def prelu(x, slope):
    return np.where(x > 0, x, slope * x)


def xunit(z, weights):
    """Equations 2, 5 and 6 of the paper; weights of norm, depthwise convolution and norm."""
    d = norm(depthwise(relu(norm(z, *weights[:4])), *weights[4:6]), *weights[6:])
    return z * np.exp(-(d**2))


def pixel_shuffle(x, scale):
    height, width, channels = x.shape
    y = np.zeros((height * scale, width * scale, channels // scale**2))
    for i in range(scale):
        for j in range(scale):
            first = (i * scale + j) * y.shape[2]
            y[i::scale, j::scale] = x[..., first : first + y.shape[2]]
    return y


def max_pool(x, size, stride):
    if size == stride:
        height, width, channels = x.shape
        return x.reshape(height // size, size, width // size, size, channels).max(axis=(1, 3))
    return scipy.ndimage.maximum_filter(x, (size, size, 1), mode="constant", cval=-np.inf)


def enlarge(x, scale):
    """Bilinear, pixels as squares."""
    rows, columns = ((np.arange(n * scale) + 0.5) / scale - 0.5 for n in x.shape[:2])
    grid = np.meshgrid(rows, columns, indexing="ij")
    channels = [
        scipy.ndimage.map_coordinates(x[..., c], grid, order=1, mode="nearest")
        for c in range(x.shape[-1])
    ]
    return np.stack(channels, axis=-1)


def pad_to_multiple(x, multiple):
    pads = [(0, -n % multiple) for n in x.shape[:2]]
    return np.pad(x, (*pads, (0, 0)), mode="edge")


def dncnn(image, weights, depth, first_norm=False, batch_norm=True):
    y, x = {}, image
    for i in range(1, depth):
        y[f"conv{i}"] = x = conv(x, *weights(f"conv{i}"))
        if batch_norm and (i > 1 or first_norm):
            y[f"norm{i}"] = x = norm(x, *weights(f"norm{i}"))
        y[f"relu{i}"] = x = relu(x)
    y[f"conv{depth}"] = x = conv(x, *weights(f"conv{depth}"))
    y["restored"] = image - x
    return y


def with_noise_level(image, sigma):
    return image if sigma is None else np.dstack([image, sigma / 255])


def fdncnn(image, weights, depth, sigma):
    y, x = {}, with_noise_level(image, sigma)
    for i in range(1, depth):
        y[f"relu{i}"] = x = relu(conv(x, *weights(f"conv{i}")))
    y["restored"] = conv(x, *weights(f"conv{depth}"))
    return y


def xnet(image, weights, depth, cell_norm=False, sigma=None):
    y, x = {}, with_noise_level(image, sigma)
    for i in range(1, depth):
        if cell_norm and i > 1:
            y[f"norm{i}"] = x = norm(x, *weights(f"norm{i}"))
        y[f"conv{i}"] = x = conv(x, *weights(f"conv{i}"))
        y[f"xunit{i}"] = x = xunit(x, weights(f"xunit{i}"))
    y["restored"] = image - conv(x, *weights(f"conv{depth}"))
    return y


def srcnn(image, weights, gated=False):
    y, x = {}, image
    for i in (1, 2):
        x = conv(x, *weights(f"conv{i}"))
        name = f"xunit{i}" if gated else f"relu{i}"
        y[name] = x = xunit(x, weights(name)) if gated else relu(x)
    y["restored"] = conv(x, *weights("conv3"))
    return y


def srresnet(image, weights, blocks, steps, gated=False):
    y = {}
    x = y["prelu_in"] = first = prelu(conv(image, *weights("conv_in")), *weights("prelu_in"))
    for i in range(1, blocks + 1):
        skip = x
        x = conv(x, *weights(f"block{i}_conv1"))
        if gated:
            y[f"block{i}_xunit"] = x = xunit(x, weights(f"block{i}_xunit"))
        else:
            x = norm(x, *weights(f"block{i}_norm1"))
            y[f"block{i}_prelu"] = x = prelu(x, *weights(f"block{i}_prelu"))
        x = norm(conv(x, *weights(f"block{i}_conv2")), *weights(f"block{i}_norm2"))
        y[f"block{i}_sum"] = x = x + skip
    x = norm(conv(x, *weights("conv_mid")), *weights("norm_mid"))
    y["sum_mid"] = x = x + first
    for i in range(1, steps + 1):
        y[f"up{i}_shuffle"] = x = pixel_shuffle(conv(x, *weights(f"up{i}_conv")), 2)
        y[f"up{i}_prelu"] = x = prelu(x, *weights(f"up{i}_prelu"))
    y["restored"] = conv(x, *weights("conv_out"))
    return y


def derain_net(image, weights):
    y = {}
    y["conv1"] = x = np.tanh(conv(image, *weights("conv1")))
    y["conv2"] = x = np.tanh(conv(x, *weights("conv2")))
    y["deconv3"] = x = deconv(x, *weights("deconv3"))
    y["restored"] = image - x
    return y


def red_net(image, weights, half, skip_step=2):
    y, x, features = {}, image, {}
    for k in range(1, half + 1):
        y[f"conv{k}"] = features[k] = x = relu(conv(x, *weights(f"conv{k}")))
    for j in range(1, half + 1):
        x = deconv(x, *weights(f"deconv{j}"))
        y[f"deconv{j}"] = x = x if j == half else relu(x)
        k = half - j
        if skip_step and 0 < k < half and k % skip_step == 0:
            y[f"skip{j}"] = x = relu(x + features[k])
    y["restored"] = image + x
    return y


def denoising_unet(image, weights):
    y = {}

    def unit(x, name, stride=1, activation=True):
        x = norm(conv(x, *weights(f"{name}_conv"), stride=stride), *weights(f"{name}_norm"))
        y[f"{name}_relu" if activation else f"{name}_norm"] = x = relu(x) if activation else x
        return x

    def module(x, name, stride=1):
        skip = unit(x, f"{name}_1", stride)
        x = unit(unit(unit(skip, f"{name}_2"), f"{name}_3"), f"{name}_4", activation=False)
        y[f"{name}_relu"] = x = relu(x + skip)
        return x

    y["conv0"] = scale1 = conv(pad_to_multiple(image, 4), *weights("conv0"))
    scale2 = module(scale1, "encoder1", 2)
    x = module(scale2, "encoder2", 2)
    y["deconv1"] = x = deconv(x, *weights("deconv1"), stride=2)
    x = module(np.concatenate([x, scale2], axis=-1), "decoder")
    y["deconv2"] = x = deconv(x, *weights("deconv2"), stride=2)
    x = conv(np.concatenate([x, scale1], axis=-1), *weights("conv_out"))
    y["restored"] = image + x[: image.shape[0], : image.shape[1]]
    return y


def remove_mean(image):
    """The vision network's preprocessing: grey levels of 255 less ImageNet's mean."""
    return pad_to_multiple(image, 8) * 255 - np.array([123.68, 116.779, 103.939])


def deeplab_largefov(image, weights):
    y, x = {}, remove_mean(image)
    for block, convolutions, pool, stride, dilation in (
        (1, 2, 2, 2, 1),
        (2, 2, 2, 2, 1),
        (3, 3, 2, 2, 1),
        (4, 3, 3, 1, 1),
        (5, 3, 3, 1, 2),
    ):
        for j in range(1, convolutions + 1):
            name = f"conv{block}_{j}"
            y[name] = x = relu(conv(x, *weights(name), dilation=dilation))
        y[f"pool{block}"] = x = max_pool(x, pool, stride)
    y["fc6"] = x = relu(conv(x, *weights("fc6"), dilation=12))
    y["fc7"] = x = relu(conv(x, *weights("fc7")))
    y["score"] = x = conv(x, *weights("score"))
    y["upsample"] = x = enlarge(x, 8)
    y["logits"] = x[: image.shape[0], : image.shape[1]]
    return y
