"""Measures models on the papers' sets by the papers' protocols.

    python recipes/evaluate.py --model=xdncnn_gray_sigma25,nlm --data=Set12,BSD68 \
        --protocol=gray_sigma25 --data_root=benchmarks --json=evaluation.json --report=report.html

prints PSNR and SSIM with the paper's number beside each. What was reached with the published
weights, and how, is in docs/results/evaluation.md. `keras-restore evaluate` does the same.
"""

import pathlib

from absl import app, flags

from keras_restore_command import without_logs

with without_logs():
    from keras_restore import models
    from keras_restore.complete_path import complete_path
    from keras_restore.data import synthetic_images, to_uint8
    from keras_restore.evaluation import evaluate_models
    from keras_restore.evaluation.candidate import of_model

MODEL = flags.DEFINE_list("model", [], "Shipped models, model files, checkpoints, comparators.")
DATA = flags.DEFINE_list("data", [], "Benchmark sets or folders.")
PROTOCOL = flags.DEFINE_list("protocol", ["gray_sigma25"], "Names of protocols.")
DATA_ROOT = flags.DEFINE_string(
    "data_root", None, "Folder of the benchmark sets (default: $KERAS_RESTORE_DATA)."
)
JSON = flags.DEFINE_string("json", None, "JSON file to write: a row per image.")
CSV = flags.DEFINE_string("csv", None, "CSV file to write: a line per image.")
REPORT = flags.DEFINE_string("report", None, "HTML page to write.")
REPORT_IMAGES = flags.DEFINE_integer("report_images", 24, "Most pictures of a set in the page.")
WORKDIR = flags.DEFINE_string(
    "workdir", None, "Folder for evaluation.json, evaluation.csv and report.html, if not named."
)
SMOKE = flags.DEFINE_bool("smoke", False, "Measure an untrained network on made-up pictures.")


def main(argv):
    if argv[1:]:
        raise app.UsageError(f"Unknown arguments: {argv[1:]}")
    chosen, data, workdir = MODEL.value, DATA.value, WORKDIR.value
    if SMOKE.value:
        workdir = workdir or "runs/evaluate_smoke"
        data = [made_up_set(pathlib.Path(workdir) / "pictures")]
        chosen = [of_model("untrained", models.xnet(depth=3, filters=4)), "nlm"]

    def output(path, name):
        return path or (str(pathlib.Path(workdir) / name) if workdir else None)

    try:
        evaluate_models(
            chosen,
            data,
            PROTOCOL.value,
            data_root=DATA_ROOT.value,
            json_path=output(JSON.value, "evaluation.json"),
            csv_path=output(CSV.value, "evaluation.csv"),
            report_path=output(REPORT.value, "report.html"),
            report_images=REPORT_IMAGES.value,
        )
    except (ValueError, OSError, ImportError) as error:
        raise SystemExit(f"error: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def made_up_set(folder):
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for name, image in synthetic_images(count=2, size=48):
        with complete_path(folder / f"{name}.png") as partial:
            Image.fromarray(to_uint8(image)[..., 0]).save(partial)
    return str(folder)


if __name__ == "__main__":
    with without_logs():
        app.run(main)
