"""The run directory refuses what would lose something."""

import subprocess
import sys

import pytest

from keras_restore.training import Workdir


def test_names_the_differing_settings_and_touches_nothing(tmp_path):
    Workdir(tmp_path / "run", {"sigma": 25, "steps": 10, "model": "xnet"})
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")}
    with pytest.raises(ValueError, match="sigma .there 25, now 50.*steps .there 10, now 20") as e:
        Workdir(tmp_path / "run", {"sigma": 50, "steps": 20, "model": "xnet"})
    assert "model" not in str(e.value).replace("--workdir", "")
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "run").rglob("*")} == before
    Workdir(tmp_path / "run", {"sigma": 25, "steps": 10, "model": "xnet"})


def test_refuses_a_directory_of_other_files(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="other files"):
        Workdir(tmp_path, {})
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Workdir(tmp_path / "file" / "run", {})


def test_log_round_trip(tmp_path):
    workdir = Workdir(tmp_path / "run", {})
    workdir.write_log([{"step": 100, "loss": 0.25}, {"step": 200}], ["step", "loss"])
    assert workdir.read_log() == [{"step": 100.0, "loss": 0.25}, {"step": 200.0}]


def test_one_process_at_a_time(tmp_path):
    code = (
        "import sys; from keras_restore.training import Workdir; "
        "Workdir(sys.argv[1], {}); print('there', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"there\n"
        with pytest.raises(ValueError, match="in use by another process"):
            Workdir(tmp_path / "run", {})
        other.kill()
    # This process may open it twice, to read its log.
    assert [Workdir(tmp_path / "run", {}).read_log() for _ in range(2)] == [[], []]
