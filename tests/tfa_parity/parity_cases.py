"""What is compared with tensorflow-addons; read by both environments, so NumPy only."""

import numpy as np

IMAGES = np.random.default_rng(0).random((3, 23, 30, 3)).astype(np.float32)
ANGLES = np.array([0.3, -1.2, 2.5], np.float32)
MOVES = np.array([[3, -2], [0.5, 1.25], [-7.3, 11]], np.float32)

CASES = {}
for _padding in ("reflect", "symmetric", "constant"):
    for _shape, _sigma in (((3, 3), 1.0), ((5, 9), 1.6), ((4, 6), (0.8, 2.0))):
        CASES[f"gaussian {_shape} {_sigma} {_padding}"] = (
            "gaussian_filter2d",
            {"filter_shape": _shape, "sigma": _sigma, "padding": _padding, "constant_values": 0.25},
        )
    for _shape in ((3, 3), (5, 3), (2, 4)):
        CASES[f"median {_shape} {_padding}"] = (
            "median_filter2d",
            {"filter_shape": _shape, "padding": _padding, "constant_values": 0.25},
        )
for _interpolation in ("nearest", "bilinear"):
    for _fill in ("constant", "reflect", "wrap", "nearest"):
        _how = {"interpolation": _interpolation, "fill_mode": _fill, "fill_value": 0.25}
        if _fill != "constant":
            _how["fill_value"] = 0.0
        CASES[f"rotate {_interpolation} {_fill}"] = ("rotate", {"angles": ANGLES, **_how})
        CASES[f"translate {_interpolation} {_fill}"] = (
            "translate",
            {"translations": MOVES, **_how},
        )
