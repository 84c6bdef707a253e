"""What the xUnit paper claims of its activation, shown: Fig. 3 to 6 and 9.

Paper: Kligvasser, Rott Shaham and Michaeli, CVPR 2018.

    python recipes/xunit_study.py --study=parameters --workdir=runs/xunit_parameters \\
        --train_dir=DATA/train/Train400 --val_dir=DATA/test/BSD68

--study=parameters   Fig. 3: PSNR against parameters, ConvNets and xNets of several depths and
                     gate kernels.
--study=activations  Fig. 4: PSNR against the share of parameters in the activations, at the
                     total of --budget.
--study=designs      Fig. 6: what each part of the xUnit is good for (--sigma=50 in the paper).
--study=maps         Fig. 5 and 9: pictures of features, gates and their products of any trained
                     network: --model=NAME_OR_PATH --image=PICTURE.

Every network is trained in its own directory in the workdir, in the same way; the same command
continues a study that was stopped. The workdir holds at the end: results.md, results.csv,
results.json, the plots, and in the directory of the best network its exports.

Expected (paper, BSD68, sigma 25): a 3-layer xNet with 9x9 gates is above a 9-layer ConvNet; the
best share is 15 to 22 %; BN+RL+CD+BN+GS is the best design, and BN+RL+CD explodes when deep. The
defaults are the paper's scale; --preset=two_cores is that of a small machine.
"""

import bisect
import functools

import numpy as np
from absl import flags

from keras_restore_command import without_logs

with without_logs():
    import keras

    import keras_restore
    from keras_restore import data, degradations, layers, models, protocols, recipe, training

# Each with the arguments of the XUnit. BN batch norm, RL ReLU, CD depthwise convolution, GS
# Gaussian, SG sigmoid.
DESIGNS = {
    "BN+RL+CD+BN+GS": {},
    "RL+CD+BN+GS": {"input_batch_norm": False},
    "BN+RL+CD+GS": {"gate_batch_norm": False},
    "RL+CD+GS": {"input_batch_norm": False, "gate_batch_norm": False},
    "BN+RL+CD+BN+SG": {"gate": "sigmoid"},
    "BN+RL+CD": {"gate": "linear", "gate_batch_norm": False},
}
# The defaults of --depths, --conv_depths and --kernels; kernel 0 is the ConvNet.
SETTINGS = {
    "parameters": ((2, 3, 4, 5, 6), (3, 4, 5, 7, 9), (1, 3, 5, 7, 9)),
    "activations": ((4,), (), (0, 1, 3, 5, 7, 9, 11, 13)),
    "designs": ((3, 6, 9), (3, 6, 9), (9,)),
    "maps": ((3,), (), (9,)),
}
SMOKE_SETTINGS = ((2,), (2,), (3,))
SMOKE_FILTERS = 4
# At least so many times the parameters has the ConvNet that an xNet is compared with.
CLAIMED_RATIO = 2
# Centre of the picture that the maps show, and the largest number of them a unit.
MAP_SIDE = 128
MOST_MAPS = 64
PRESETS = {"two_cores": recipe.TWO_CORES}

FLAGS = flags.FLAGS
flags.DEFINE_enum("study", "parameters", list(SETTINGS), "What to show.")
flags.DEFINE_float("sigma", 25.0, "Noise level in grey levels of 255.")
flags.DEFINE_list("depths", None, "Convolutions of the xNets.")
flags.DEFINE_list("conv_depths", None, "Convolutions of the ConvNets.")
flags.DEFINE_list("kernels", None, "Sides of the gates' filters; 0 is a ConvNet (activations).")
flags.DEFINE_integer("filters", 64, "Channels of the hidden layers.", 1)
flags.DEFINE_integer("budget", 99_136, "Parameters of each network (activations).", 1)
flags.DEFINE_string("model", None, "Name of a shipped model, or path of a .keras file (maps).")
flags.DEFINE_string("image", None, "Picture to show the maps of; noise is added (maps).")
recipe.define_flags(steps=20_000, batch_size=64, patch_size=80)


def main():
    depths, conv_depths, kernels = chosen_settings()
    protocol = protocols.gray_denoising(sigma=FLAGS.sigma)
    if FLAGS.study == "maps":
        return draw_maps(protocol)
    degradation = degradations.GaussianNoise(FLAGS.sigma)
    if FLAGS.study == "parameters":
        networks = conv_nets(conv_depths) + [xnet(d, k) for k in kernels for d in depths]
    elif FLAGS.study == "activations":
        networks = [network_of_budget(depths[0], kernel) for kernel in kernels]
    else:
        networks = conv_nets(conv_depths) + [
            xnet(depth, kernels[0], design) for design in DESIGNS for depth in depths
        ]
    images = recipe.training_images("gray")
    evaluations = recipe.evaluations([protocol])
    workdir, outcomes = recipe.run_study(networks, images, degradation, evaluations)
    report(outcomes, workdir, evaluations[0].label)
    recipe.finish_best(outcomes, workdir, images, degradation)


def chosen_settings():
    """The depths of xNets and ConvNets and the gate kernels: flags, or the study's."""
    defaults = SMOKE_SETTINGS if FLAGS.smoke else SETTINGS[FLAGS.study]
    chosen = []
    for name, default in zip(("depths", "conv_depths", "kernels"), defaults, strict=True):
        texts = FLAGS[name].value
        try:
            values = default if texts is None else tuple(int(text) for text in texts)
        except ValueError as error:
            raise ValueError(
                f"--{name} must be whole numbers such as 3,5. Received: {','.join(texts)}"
            ) from error
        chosen.append(values)
    if not chosen[0] or not chosen[2]:
        raise ValueError("--depths and --kernels must hold at least one number.")
    return chosen


def conv_nets(depths):
    """The ConvNets of the given depths."""
    filters = SMOKE_FILTERS if FLAGS.smoke else FLAGS.filters
    return [
        recipe.StudyNetwork(
            f"conv_net_d{depth}",
            functools.partial(models.conv_net, depth=depth, filters=filters),
            {"kind": "ConvNet", "depth": depth},
        )
        for depth in depths
    ]


def xnet(depth, kernel, design=None):
    """An xNet, named by its design or else by its gate kernel."""
    filters = SMOKE_FILTERS if FLAGS.smoke else FLAGS.filters
    build = functools.partial(
        models.xnet, depth=depth, filters=filters, kernel_size=kernel, **DESIGNS.get(design, {})
    )
    if design:
        name = f"{design.replace('+', '_').lower()}_d{depth}"
        return recipe.StudyNetwork(name, build, {"kind": design, "depth": depth})
    facts = {"kind": f"xNet {kernel}x{kernel}", "depth": depth}
    return recipe.StudyNetwork(f"xnet_k{kernel}_d{depth}", build, facts)


def network_of_budget(depth, kernel):
    """The network with that gate kernel (0: a ConvNet) and the filters that fit the budget."""

    def build(filters):
        if kernel == 0:
            return models.conv_net(depth=depth, filters=filters)
        return models.xnet(depth=depth, filters=filters, kernel_size=kernel)

    def excess(filters):
        return recipe.trainable_parameters(build(filters)) - budget

    budget = 1000 if FLAGS.smoke else FLAGS.budget
    above = 1 + bisect.bisect_left(range(1, 513), 0, key=excess)
    filters = min((max(1, above - 1), above), key=lambda count: abs(excess(count)))
    facts = {"filters": filters, "share": activation_share(build(filters))}
    facts = {"kind": f"xNet {kernel}x{kernel}" if kernel else "ConvNet", "depth": depth, **facts}
    return recipe.StudyNetwork(f"kernel{kernel}", lambda: build(filters), facts)


def activation_share(model):
    """The share of a model's trainable parameters that its xUnits hold, in percent."""
    units = [layer for layer in model.layers if isinstance(layer, layers.XUnit)]
    of_units = sum(recipe.trainable_parameters(unit) for unit in units)
    return 100 * of_units / recipe.trainable_parameters(model)


def report(outcomes, workdir, label):
    """Writes tables and plots of trained networks."""
    x, x_label = (
        (lambda o: o.network.facts["share"], "share of parameters in the activations [%]")
        if FLAGS.study == "activations"
        else (lambda o: o.network.parameters, "parameters")
    )
    lines = {}
    for outcome in outcomes:
        kind = "networks" if FLAGS.study == "activations" else outcome.network.facts["kind"]
        lines.setdefault(kind, []).append((x(outcome), outcome.score))
    main_panel = recipe.Panel(label, x_label, "PSNR [dB]", {k: sorted(v) for k, v in lines.items()})
    loss, psnr = recipe.training_curves(outcomes)
    recipe.save_panels(workdir.path / "results.png", [main_panel])
    recipe.save_panels(workdir.path / "curves.png", [loss, psnr])
    titles = {
        "parameters": "PSNR against parameters (xUnit, Fig. 3)",
        "activations": "PSNR against the share of parameters in the activations (xUnit, Fig. 4)",
        "designs": "Designs of the xUnit (xUnit, Fig. 6)",
    }
    recipe.write_results(
        workdir,
        titles[FLAGS.study],
        [outcome.row() for outcome in outcomes],
        remarks(outcomes),
        ("results.png", "curves.png"),
    )


def remarks(outcomes):
    """Sentences that hold the study's numbers against the paper's claim."""
    trained = [outcome for outcome in outcomes if not outcome.diverged]
    if not trained:
        return ["All networks diverged."]
    best = recipe.best_of(trained)
    sentences = [f"The best is {best.network.name}, {best.score:.3f} dB."]
    if FLAGS.study != "parameters":
        return sentences
    for one in trained:
        larger = [
            other
            for other in trained
            if other.network.facts["kind"] == "ConvNet"
            and other.network.parameters >= CLAIMED_RATIO * one.network.parameters
        ]
        if one.network.facts["kind"] == "ConvNet" or not larger:
            continue
        rival = recipe.best_of(larger)
        count, rival_count = one.network.parameters, rival.network.parameters
        place = "above" if one.score > rival.score else "below"
        sentences.append(
            f"{one.network.name} ({count:,} parameters, {one.score:.3f} dB) is "
            f"{abs(one.score - rival.score):.3f} dB {place} {rival.network.name}, "
            f"the best ConvNet of at least {CLAIMED_RATIO} times as many: "
            f"{rival_count:,} ({rival_count / count:.1f} times), {rival.score:.3f} dB."
        )
    return sentences


def draw_maps(protocol):
    """Draws feature, gate and product maps of a trained model's activations."""
    if FLAGS.model:
        model = keras_restore.load(FLAGS.model)
    elif FLAGS.smoke:
        model = models.xnet(depth=3, filters=SMOKE_FILTERS, kernel_size=3)
    else:
        raise ValueError("Give the model whose maps to draw: --model=NAME_OR_PATH")
    units = [x for x in model.layers if isinstance(x, (layers.XUnit, keras.layers.ReLU))]
    if not units:
        kinds = sorted({type(layer).__name__ for layer in model.layers})
        raise ValueError(f"--model must contain xUnits or ReLU layers. It has {', '.join(kinds)}.")
    degraded = degraded_image(model.input_shape[-1], protocol)
    workdir = recipe.open_workdir()
    features = keras.Model(model.inputs, [unit.input for unit in units])([degraded[None]])
    rows, pictures = [], []
    for unit, feature in zip(units, features if len(units) > 1 else [features], strict=True):
        if isinstance(unit, layers.XUnit):
            gate = keras.ops.convert_to_numpy(unit.gate_map(feature, training=False))[0]
        else:
            gate = (keras.ops.convert_to_numpy(feature)[0] > 0).astype(np.float32)
        feature = keras.ops.convert_to_numpy(feature)[0]
        pictures.append(f"maps_{unit.name}.png")
        save_maps(workdir.path / pictures[-1], unit.name, degraded, feature, gate)
        rows.append(
            {
                "layer": unit.name,
                "kind": type(unit).__name__,
                "channels": gate.shape[-1],
                "mean gate": float(gate.mean()),
                "gate above half [%]": float(100 * (gate > 0.5).mean()),
            }
        )
    remark = "Features (dark negative, bright positive) | gates (black 0, white 1) | products."
    recipe.write_results(
        workdir, f"Activations of {model.name} (xUnit, Fig. 5 and 9)", rows, [remark], pictures
    )
    print(f"Done. Everything is in {workdir.path}")


def degraded_image(channels, protocol):
    """The picture of --image, with the protocol's noise."""
    if FLAGS.image:
        clean = data.to_float(data.read_image(FLAGS.image, channels))
    elif FLAGS.smoke:
        clean = data.synthetic_images(1, channels=channels)[0][1]
    else:
        raise ValueError("Give the picture to show the maps of: --image=PICTURE")
    return protocol.degradation(clean, 0).astype(np.float32)


def save_maps(path, name, degraded, feature, gate):
    """Saves the degraded picture and three montages of all channels."""
    height, width = gate.shape[:2]
    top, left = max(0, height - MAP_SIDE) // 2, max(0, width - MAP_SIDE) // 2
    part = np.s_[top : top + MAP_SIDE, left : left + MAP_SIDE]
    feature, gate = feature[part][..., :MOST_MAPS], gate[part][..., :MOST_MAPS]
    largest = max(np.percentile(np.abs(feature), 99.5), 1e-6)
    figure, axes = training.pyplot().subplots(
        1, 4, figsize=(26, 8), layout="constrained", width_ratios=[1, 2, 2, 2]
    )
    input_part = np.clip(degraded[part], 0.0, 1.0)
    axes[0].imshow(input_part, cmap="gray", vmin=0.0, vmax=1.0)
    axes[0].set_title("input")
    for axis, title, maps, low, high in (
        (axes[1], f"{name}: features", feature, -largest, largest),
        (axes[2], "gates", gate, 0.0, 1.0),
        (axes[3], "products", feature * gate, -largest, largest),
    ):
        axis.imshow(montage(maps, high), cmap="gray", vmin=low, vmax=high)
        axis.set_title(title)
    for axis in axes:
        axis.axis("off")
    training.save_figure(figure, path, dpi=80)


def montage(maps, gap_value):
    """Lays the channels of `(height, width, channels)` out in a square, with gaps."""
    side = int(np.ceil(np.sqrt(maps.shape[-1])))
    tiles = np.pad(np.moveaxis(maps, -1, 0), ((0, 0), (0, 2), (0, 2)), constant_values=gap_value)
    empty = np.full((side * side - len(tiles), *tiles.shape[1:]), gap_value)
    rows = np.concatenate([tiles, empty]).reshape(side, side, *tiles.shape[1:])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)


if __name__ == "__main__":
    recipe.run(main, PRESETS)
