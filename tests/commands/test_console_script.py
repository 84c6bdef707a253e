"""The console script: a command's own words, and nothing of the libraries' logs."""

import os
import subprocess
import sys

from made_pictures import picture
from PIL import Image

from keras_restore import models


def run(repository, *arguments):
    environment = {name: v for name, v in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_says_its_own_words_only(repository, tmp_path):
    models.dncnn(depth=3, filters=2).save(tmp_path / "model.keras")
    command = ["-m", "keras_restore_command"]
    options = [f"--model={tmp_path / 'model.keras'}", f"--output={tmp_path / 'exported'}"]
    done = run(repository, *command, "export", *options)
    assert (done.returncode, done.stderr) == (0, "")
    Image.fromarray(picture(20, 30, 1)[..., 0]).save(tmp_path / "photo.png")
    files = [f"--input={tmp_path / 'photo.png'}", f"--output={tmp_path / 'restored.png'}"]
    done = run(repository, *command, "restore", options[0], *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert "restored.png" in done.stdout


def test_a_damaged_tiff_is_told_once(repository, tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(picture(40, 50, 3)).save(path, compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    content[8:200] = bytes(i * 37 % 256 for i in range(192))
    path.write_bytes(content)
    script = (
        "import contextlib, sys, keras_restore_command\n"
        "from PIL import Image\n"
        "with eval(sys.argv[2]):\n"
        "    try: Image.open(sys.argv[1]).load()\n"
        "    except OSError: print('refused')\n"
    )
    loud = run(repository, "-c", script, path, "contextlib.nullcontext()")
    quiet = run(repository, "-c", script, path, "keras_restore_command.without_logs()")
    assert loud.stdout == quiet.stdout == "refused\n"
    assert loud.stderr != "" and quiet.stderr == ""


def test_errors_of_the_libraries_stay(repository):
    lines = ("I0000 00:00:1.5 1 port.cc:1] quiet", "INFO: quiet", "F0000 00:00:1.5 1 a.cc:1] loud")
    script = (
        "import os, sys, keras_restore_command\n"
        "with keras_restore_command.without_logs():\n"
        "    print('own words', file=sys.stderr)\n"
        f"    os.write(2, {chr(10).join((*lines, 'E0000 loud', '')).encode()!r})\n"
        "    os.abort()\n"
    )
    done = run(repository, "-c", script)
    assert done.returncode != 0
    assert "own words" in done.stderr and "E0000 loud" in done.stderr
    assert lines[2] in done.stderr and "quiet" not in done.stderr
