"""Folders restored by Apache Beam, in this process."""

import dataclasses
import json
import shutil

import pytest
from made_pictures import picture
from PIL import Image

beam = pytest.importorskip("apache_beam")

from keras_restore import export, models  # noqa: E402
from keras_restore.beam import RestoreAll  # noqa: E402
from keras_restore.beam.__main__ import main  # noqa: E402
from keras_restore.inference import restore_one  # noqa: E402


@pytest.fixture
def folder(tmp_path):
    """Five pictures, of which one is poison, a file that is none, and a model."""
    models.xnet(3, depth=2, filters=2, kernel_size=3).save(tmp_path / "model.keras")
    photos = tmp_path / "photos"
    (photos / "Zürich").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b c.jpg", "Zürich/a.png", "d.gif")):
        Image.fromarray(picture(20, 30, 3, seed=i)).save(photos / name)
    (photos / "poison.png").write_bytes(b"no picture")
    (photos / "notes.txt").write_text("no picture either")
    return tmp_path


def run(folder, *arguments, photos=("photos",)):
    names = {"output": "out", "manifest": "rows", "model": "model.keras"}
    given = [f"--{option}={folder / name}" for option, name in names.items()]
    return main([*given, "--input", *(str(folder / name) for name in photos), *arguments])


def stamps(folder):
    files = (path for path in (folder / "out").rglob("*") if path.is_file())
    return {str(path.relative_to(folder / "out")): path.stat().st_mtime_ns for path in files}


def failed(folder):
    lines = (folder / "rows/failed.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_folder(folder, capsys):
    assert run(folder, "--strength=0.5") == 1
    assert capsys.readouterr().out == "1 failed, 4 restored\n"
    first = stamps(folder)
    assert sorted(first) == sorted(["Zürich/a.png", "a.png", "b c.jpg", "d.gif.png"])
    for name in first:
        source = folder / "photos" / name.replace(".gif.png", ".gif")
        alone = folder / "alone" / name
        restore_one(source, alone, folder / "model.keras", strength=0.5)
        assert (folder / "out" / name).read_bytes() == alone.read_bytes()
    (row,) = failed(folder)
    assert row["input"] == str(folder / "photos/poison.png") and "not a picture" in row["reason"]

    assert run(folder, "--strength=0.5") == 1
    assert capsys.readouterr().out == "4 already there, 1 failed\n"
    assert stamps(folder) == first and len(failed(folder)) == 1

    Image.fromarray(picture(20, 30, 3, seed=9)).save(folder / "photos/a.png")
    shutil.copy(folder / "photos/a.png", folder / "photos/poison.png")
    assert run(folder, "--strength=0.5", "--overwrite") == 0
    assert capsys.readouterr().out == "3 already there, 2 restored\n"
    assert {name for name, stamp in stamps(folder).items() if first.get(name) != stamp} == {
        *("a.png", "poison.png"),
    }
    assert not (folder / "rows/failed.jsonl").exists()


def test_the_engine_is_the_one_asked_for(folder, capsys):
    export.write_artifacts(models.xnet(3, depth=2, filters=2, kernel_size=3), folder / "both")
    assert run(folder, f"--model={folder / 'both'}", "--engine=litert") == 1
    assert capsys.readouterr().out == "1 failed, 4 restored\n"


def test_two_inputs_with_one_name(folder, capsys):
    shutil.copytree(folder / "photos/Zürich", folder / "more")
    assert run(folder, photos=("photos", "more/*.png")) == 1
    assert "2 failed, 4 restored" in capsys.readouterr().out
    reasons = [row["reason"] for row in failed(folder) if "poison" not in row["input"]]
    assert reasons == [f"its result would have the name of {folder / 'more/a.png'}'s"]


def test_a_time_out(folder, capsys):
    assert run(folder, "--timeout=1e-9") == 1
    assert capsys.readouterr().out == "5 failed\n"
    assert {row["reason"] for row in failed(folder)} > {"took longer than 1e-09 s"}
    assert stamps(folder) == {}


def test_a_row_per_file(folder):
    step = RestoreAll(
        *([str(folder / "photos/*.png")], str(folder / "out"), str(folder / "rows")),
        model=str(folder / "model.keras"),
        threads=1,
    )
    with beam.Pipeline() as pipeline:
        _ = (
            pipeline
            | step
            | beam.Map(json.dumps)
            | beam.io.WriteToText(str(folder / "seen"), shard_name_template="")
        )
    seen = [json.loads(line) for line in (folder / "seen").read_text().splitlines()]
    alone = restore_one(folder / "photos/a.png", folder / "a.png", folder / "model.keras")
    (row,) = (row for row in seen if row["status"] == "restored")
    assert row["input"] == alone.input and row["result"] == alone.result
    assert set(row) == {field.name for field in dataclasses.fields(alone)}
    files = (folder / "rows").glob("rows.*.jsonl")
    written = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert sorted(map(str, written)) == sorted(map(str, seen)) and len(seen) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": ["FOLDER/none"]}, "There is no file in"),
        ({"output": "FOLDER/photos/out"}, "must not lie inside"),
        ({"model": "none"}, "must be the name of a shipped model"),
        ({"timeout": 0}, "`timeout` must be positive"),
        ({"output": "FOLDER/model.keras/out"}, "model.keras/out' cannot be written"),
        ({"manifest": "FOLDER/model.keras/rows"}, "model.keras/rows' cannot be written"),
        ({"inputs": ["nowhere://bucket/photos"]}, "nowhere|filesystem"),
    ],
)
def test_mistakes_are_told_before_work(folder, arguments, message):
    given = {"inputs": ["FOLDER/photos"], "output": "FOLDER/out", "manifest": "FOLDER/rows"}
    given = {**given, "model": "FOLDER/model.keras", **arguments}
    given = {
        name: value.replace("FOLDER", str(folder)) if isinstance(value, str) else value
        for name, value in given.items()
    }
    given["inputs"] = [text.replace("FOLDER", str(folder)) for text in given["inputs"]]
    with pytest.raises((ValueError, OSError), match=message):
        RestoreAll(**given)
    assert not (folder / "out").exists()
