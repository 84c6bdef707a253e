"""Clips: what is restored, and that all else stays."""

import errno
import fractions
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from made_predictors import Around, Blur, Darken, Double, Identity

av = pytest.importorskip("av")

from made_clips import frames, packets, read_clip, write_clip  # noqa: E402

from keras_restore.inference import (  # noqa: E402
    restore,
    restore_one,
    restore_video,
)
from keras_restore.inference.ahead import ahead  # noqa: E402
from keras_restore.inference.scenes import SceneCuts  # noqa: E402
from keras_restore.inference.with_neighbors import with_neighbors  # noqa: E402

TESTS = pathlib.Path(__file__).parents[1]
# Milliseconds of frames that do not come regularly.
TIMES = (0, 40, 50, 130, 170, 171, 290, 300, 410, 450)


def rgb(frame):
    return frame.to_ndarray(format="rgb24", threads=1)


def facts(path):
    """What a player knows of a clip, without its frames."""
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        first = next(clip.decode(stream))
        tags = [getattr(first, tag) for tag in ("color_range", "colorspace", "color_primaries")]
        return {
            "codec": stream.codec_context.codec.canonical_name,
            "pixels": first.format.name,
            "rotation": first.rotation,
            "tags": [*map(int, tags), int(first.color_trc)],
            "chapters": [(c["start"] * c["time_base"], c["metadata"]) for c in clip.chapters()],
            "title": {k.lower(): v for k, v in clip.metadata.items()}["title"],
        }


CASES = {
    "mp4": ("libx264", "yuv420p"),
    "mov": ("prores", "yuv422p10le"),
    "mkv": ("ffv1", "yuv420p10le"),
    "webm": ("libvpx-vp9", "yuv420p"),
}


@pytest.mark.parametrize("suffix", CASES)
def test_all_else_is_kept(tmp_path, suffix):
    codec, pixels = CASES[suffix]
    source, target = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    chapter = {"id": 1, "start": 100, "end": 300, "time_base": fractions.Fraction(1, 1000)}
    chapter["metadata"] = {"title": "two"}
    write_clip(source, frames(10), codec, pixels, TIMES, rotation=90, chapters=[chapter])
    assert restore_video(source, target, Identity(channels=3)) == []
    before, after = facts(source), facts(target)
    assert before == after
    assert before["rotation"] == 90 and before["tags"][:2] != [2, 2] and before["chapters"]
    assert [f.time for f in read_clip(target)] == [f.time for f in read_clip(source)]
    assert packets(target, "audio") == packets(source, "audio")
    assert sorted(os.listdir(tmp_path)) == [source.name, target.name]


def test_subtitles(tmp_path):
    """Kept with their times and language, or refused before work where they do not fit."""
    source, target = tmp_path / "a.mkv", tmp_path / "b.mkv"
    write_clip(tmp_path / "picture.mkv", frames(10))
    times = "00:00:00,040 --> 00:00:00,100", "00:00:00,120 --> 00:00:00,200"
    (tmp_path / "words.srt").write_text(f"1\n{times[0]}\nHello\n\n2\n{times[1]}\nÜber\n")
    with av.open(str(source), "w") as output:
        added = []
        for name in ("picture.mkv", "words.srt"):
            part = av.open(str(tmp_path / name))
            new = {s.index: output.add_stream_from_template(s) for s in part.streams}
            added.append((part, new))
        new[0].metadata["language"] = "deu"
        for part, new in added:
            for packet in part.demux():
                if packet.size:
                    packet.stream = new[packet.stream.index]
                    output.mux(packet)
            part.close()
    restore_video(source, target, Identity(channels=3))
    assert packets(target, "subtitles") == [(b"Hello", 40), ("Über".encode(), 120)]
    with av.open(str(target)) as clip:
        assert clip.streams.subtitles[0].metadata["language"] == "deu"
    with pytest.raises(ValueError, match="subtitle srt, which .mp4 cannot hold: choose .mkv"):
        restore_video(source, tmp_path / "c.mp4", Identity(channels=3))


def test_hevc_for_apple(tmp_path):
    """In MP4 and MOV it is tagged hvc1, without which their players show nothing."""
    quiet = {"x265-params": "log-level=none"}
    write_clip(tmp_path / "a.mp4", frames(3), "libx265", audio=False, options=quiet)
    for name in ("b.mp4", "b.mov", "b.mkv"):
        restore_video(tmp_path / "a.mp4", tmp_path / name, Identity(channels=3))
        assert len(read_clip(tmp_path / name)) == 3
        with av.open(str(tmp_path / name)) as clip:
            tag = clip.streams.video[0].codec_context.codec_tag
        assert (tag == "hvc1") == (name != "b.mkv")


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p10le"])
def test_the_frames_are_restored_as_stills(tmp_path, pixels):
    """Without a loss in the encoder: bit-equal where nothing changes, else within one level."""
    source, target = tmp_path / "a.mkv", tmp_path / "b.mkv"
    write_clip(source, frames(4), "ffv1", pixels, audio=False)
    restore_video(source, target, Identity(channels=3))
    for before, after in zip(read_clip(source), read_clip(target), strict=True):
        for x, y in zip(before.planes, after.planes, strict=True):
            assert bytes(x) == bytes(y)
    restore_video(source, target, Blur(), tile=30, overwrite=True)
    for before, after in zip(read_clip(source), read_clip(target), strict=True):
        still = restore(rgb(before), Blur()).astype(int)
        difference = np.abs(rgb(after) - still)
        if pixels == "yuv420p":
            # Half of the chroma is not in the file.
            assert np.abs(rgb(after).mean(axis=(0, 1)) - still.mean(axis=(0, 1))).max() < 1
        else:
            assert difference.max() <= 1
        assert np.abs(still - rgb(before)).max() > 10


def test_a_model_that_enlarges(tmp_path):
    source, target = tmp_path / "a.mkv", tmp_path / "b.mkv"
    write_clip(source, frames(3), "ffv1", "yuv444p", audio=False)
    restore_video(source, target, Double(channels=3))
    for before, after in zip(read_clip(source), read_clip(target), strict=True):
        large = rgb(before).repeat(2, axis=0).repeat(2, axis=1).astype(int)
        assert np.abs(rgb(after) - large).max() <= 1


def test_another_container(tmp_path):
    """H.264 does not go into WebM: the frames are encoded by VP9."""
    write_clip(tmp_path / "a.mp4", frames(3), audio=False)
    restore_video(tmp_path / "a.mp4", tmp_path / "b.webm", Identity(channels=3))
    assert facts(tmp_path / "b.webm")["codec"] == "vp9"


def test_one_noise_level_per_scene(tmp_path):
    """Two scenes of different noise: within one, every frame is restored alike."""
    rng = np.random.default_rng(0)

    def noisy(count, level, sigma):
        noise = rng.normal(level, sigma, (count, 160, 160, 3))
        return list(np.uint8(np.clip(noise, 0, 255)))

    pictures = noisy(6, 100, 6) + noisy(5, 170, 18)
    write_clip(tmp_path / "a.mkv", pictures, "ffv1", "bgr0", audio=False, colors=(2, 2, 0, 2))
    predictor = Darken(channels=3)
    notes = restore_video(tmp_path / "a.mkv", tmp_path / "b.mkv", predictor, sigma="auto")
    taken = [
        np.mean(before - rgb(after).astype(float))
        for before, after in zip(pictures, read_clip(tmp_path / "b.mkv"), strict=True)
    ]
    for part, sigma in ((taken[:6], 6), (taken[6:], 18)):
        assert np.mean(part) == pytest.approx(sigma, rel=0.25)
        assert np.ptp(part) < 0.05
    assert "2 scenes" in notes


def test_scene_cuts():
    rng = np.random.default_rng(0)
    first, second = (np.mean(frames(12, 90, 160, seed=s), axis=-1) / 255 for s in (0, 5))
    clip = [frame + rng.normal(0, 0.1, frame.shape) for frame in (*first, *second)]
    cuts = SceneCuts()
    assert [i for i, frame in enumerate(clip) if cuts.is_first(frame)] == [0, 12]
    fade = SceneCuts()
    assert sum(fade.is_first(first[0] * light) for light in np.linspace(1, 0, 30)) == 1
    assert SceneCuts().is_first(np.zeros((5, 7)))


def gray_clip(path, levels):
    """Frames of one gray level each, which scenes of far levels divide."""
    pictures = [np.full((48, 64, 3), level, np.uint8) for level in levels]
    write_clip(path, pictures, "ffv1", "yuv444p10le", audio=False)


def levels_of(path):
    return [rgb(frame).mean() for frame in read_clip(path)]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_of_several_frames_sees_those_around(tmp_path, channels):
    """Mirrored at the ends of the scene, whose frames are of levels near each other."""
    levels = [40, 48, 56, 64, 150, 158, 90]
    before = [48, 40, 48, 56, 158, 150, 90]
    after = [48, 56, 64, 56, 158, 150, 90]
    gray_clip(tmp_path / "a.mkv", levels)
    predictor = Around(channels=channels)
    notes = restore_video(tmp_path / "a.mkv", tmp_path / "b.mkv", predictor, tile=30)
    assert notes == ["3 scenes"]
    expected = np.array([levels, before, after]).T @ [0.6, 0.3, 0.1]
    np.testing.assert_allclose(levels_of(tmp_path / "b.mkv"), expected, atol=1)
    restore_video(tmp_path / "a.mkv", tmp_path / "c.mkv", predictor, strength=0.5, color="luma")
    mixed = (expected + levels) / 2
    np.testing.assert_allclose(levels_of(tmp_path / "c.mkv"), mixed, atol=1)


def test_neighbors_of_a_continued_clip(tmp_path, monkeypatch):
    """Those in segments that are done are decoded again."""
    module = sys.modules["keras_restore.inference.restore_video"]
    monkeypatch.setattr(module, "SEGMENT_FRAMES", 2)
    gray_clip(tmp_path / "a.mkv", range(40, 88, 8))
    restore_video(tmp_path / "a.mkv", tmp_path / "whole.mkv", Around(channels=3))
    write = module.SegmentWriter.write
    count = []

    def stop(self, frame):
        count.append(frame)
        if len(count) == 4:
            raise KeyboardInterrupt
        write(self, frame)

    monkeypatch.setattr(module.SegmentWriter, "write", stop)
    arguments = (tmp_path / "a.mkv", tmp_path / "b.mkv")
    with pytest.raises(KeyboardInterrupt):
        restore_video(*arguments, Around(channels=3), digest="one")
    monkeypatch.setattr(module.SegmentWriter, "write", write)
    predictor = Around(channels=3)
    restore_video(*arguments, predictor, digest="one")
    assert len(predictor.shapes) == 4 * 48
    assert levels_of(tmp_path / "b.mkv") == levels_of(tmp_path / "whole.mkv")


def test_a_model_of_several_frames_refuses_a_picture(tmp_path):
    for image in (np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.uint8)):
        with pytest.raises(ValueError, match="a frame of a clip from 3 that follow each other"):
            restore(image, Around(channels=1))


def test_with_neighbors():
    for count in range(7):
        for reach in range(4):
            mirrored = np.pad(np.arange(count), reach, "reflect") if count else []
            read = []

            def frames(count=count, read=read):
                for index in range(count):
                    read.append(index)
                    yield index

            found = 0
            for frame, neighbors in with_neighbors(frames(), reach):
                window = list(mirrored[frame : frame + 2 * reach + 1])
                assert [*neighbors[:reach], frame, *neighbors[reach:]] == window
                assert len(read) <= frame + reach + 1
                found += 1
            assert found == count


def test_preview(tmp_path):
    write_clip(tmp_path / "a.mp4", frames(20))
    counted = []
    arguments = (tmp_path / "a.mp4", tmp_path / "b.mp4", Identity(channels=3))
    restore_video(*arguments, preview=0.3, progress=counted.append)
    assert [f.time for f in read_clip(tmp_path / "b.mp4")] == pytest.approx(0.04 * np.arange(8))
    assert sum(counted) == 8 * 48 * 64
    sound = packets(tmp_path / "a.mp4", "audio")
    kept = packets(tmp_path / "b.mp4", "audio")
    assert kept == sound[: len(kept)] and 0.25 < len(kept) * 1024 / 48000 < 0.4
    with pytest.raises(ValueError, match="`preview` must be positive"):
        restore_video(*arguments, preview=0, overwrite=True)


def test_a_damaged_frame(tmp_path):
    """It is left out, with a word, and the others keep their times."""
    options = {"bf": "0"}
    write_clip(tmp_path / "a.mkv", frames(8), times=TIMES[:8], audio=False, options=options)
    content = bytearray((tmp_path / "a.mkv").read_bytes())
    fourth = packets(tmp_path / "a.mkv", "video")[3][0]
    start = content.index(fourth)
    content[start : start + len(fourth)] = bytes(len(fourth))
    (tmp_path / "a.mkv").write_bytes(content)
    notes = restore_video(tmp_path / "a.mkv", tmp_path / "b.mkv", Identity(channels=3))
    assert notes == ["damaged places: 1"]
    times = [round(1000 * frame.time) for frame in read_clip(tmp_path / "b.mkv")]
    assert times == [*TIMES[:3], *TIMES[4:8]]


def test_what_cannot_be_done_is_said_before_work(tmp_path):
    predictor = Identity(channels=3)
    (tmp_path / "text.mp4").write_text("no clip")
    with pytest.raises(ValueError, match="not a video"):
        restore_video(tmp_path / "text.mp4", tmp_path / "b.mp4", predictor)
    with pytest.raises(FileNotFoundError):
        restore_video(tmp_path / "none.mp4", tmp_path / "b.mp4", predictor)
    write_clip(tmp_path / "a.mp4", frames(3))
    with pytest.raises(ValueError, match="audio aac, which .webm cannot hold"):
        restore_video(tmp_path / "a.mp4", tmp_path / "b.webm", predictor)
    with pytest.raises(ValueError, match="cannot write .avi: choose one of .m4v, .mkv"):
        restore_video(tmp_path / "a.mp4", tmp_path / "b.avi", predictor)
    (tmp_path / "b.mp4").write_bytes(b"mine")
    with pytest.raises(ValueError, match="exists already"):
        restore_video(tmp_path / "a.mp4", tmp_path / "b.mp4", predictor)
    assert (tmp_path / "b.mp4").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["a.mp4", "b.mp4", "text.mp4"]
    assert predictor.shapes == []


KILLED = """
import sys
from made_predictors import Stopping
from keras_restore.inference import restore_video

sys.modules["keras_restore.inference.restore_video"].SEGMENT_FRAMES = 3
restore_video(sys.argv[1], sys.argv[2], Stopping(90), digest="same")
"""


def test_killed_and_continued(tmp_path, monkeypatch):
    module = sys.modules["keras_restore.inference.restore_video"]
    monkeypatch.setattr(module, "SEGMENT_FRAMES", 3)
    source, target = tmp_path / "a.mkv", tmp_path / "b.mkv"
    write_clip(source, frames(60), "ffv1", "yuv420p", audio=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    command = [sys.executable, "-c", KILLED, source, target]
    process = subprocess.Popen(command, env=environment)
    segments = tmp_path / ".b.mkv.segments"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(segments.glob("*.mkv"))) < 2:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(list(segments.glob("*.mkv")))
    assert 2 <= done < 20 and not target.exists()
    predictor = Blur()
    restore_video(source, target, predictor, digest="same")
    assert len(predictor.shapes) == 3 * (60 - 3 * done)
    restore_video(source, tmp_path / "c.mkv", Blur())
    for x, y in zip(read_clip(target), read_clip(tmp_path / "c.mkv"), strict=True):
        assert x.time == y.time
        np.testing.assert_array_equal(rgb(x), rgb(y))
    assert sorted(os.listdir(tmp_path)) == ["a.mkv", "b.mkv", "c.mkv"]


def test_another_digest_begins_afresh(tmp_path, monkeypatch):
    module = sys.modules["keras_restore.inference.restore_video"]
    monkeypatch.setattr(module, "SEGMENT_FRAMES", 2)
    write_clip(tmp_path / "a.mkv", frames(6), "ffv1", "yuv420p", audio=False)
    arguments = (tmp_path / "a.mkv", tmp_path / "b.mkv")

    segments = tmp_path / ".b.mkv.segments"
    for digest in ("one", "two", None):
        calls = []

        def stop(count, calls=calls):
            calls.append(count)
            while len(calls) == 4:
                time.sleep(0.001)
                if list(segments.glob("*.mkv")):
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            restore_video(*arguments, Blur(), digest="one", progress=stop)
        done = 2 * len(list(segments.glob("*.mkv")))
        assert 0 < done < 6
        predictor = Blur()
        restore_video(*arguments, predictor, digest=digest)
        assert len(predictor.shapes) == 3 * (6 - done if digest == "one" else 6)
        (tmp_path / "b.mkv").unlink()


def test_a_full_disk(tmp_path, monkeypatch):
    """What was done so far is kept."""
    module = sys.modules["keras_restore.inference.restore_video"]
    monkeypatch.setattr(module, "SEGMENT_FRAMES", 2)
    write_clip(tmp_path / "a.mkv", frames(8), "ffv1", "yuv420p", audio=False)
    written = []
    write = module.SegmentWriter.write

    def full(self, frame):
        written.append(frame)
        if len(written) > 5:
            raise av.error.OSError(errno.ENOSPC, "No space left on device", "b.mkv")
        write(self, frame)

    monkeypatch.setattr(module.SegmentWriter, "write", full)
    arguments = (tmp_path / "a.mkv", tmp_path / "b.mkv", Identity(channels=3))
    row = restore_one(*arguments)
    assert row.status == "failed" and "No space left on device" in row.reason
    assert len(list((tmp_path / ".b.mkv.segments").glob("*.mkv"))) == 2
    assert not (tmp_path / "b.mkv").exists()
    assert threading.active_count() < 5


def test_one_step_for_clips(tmp_path):
    write_clip(tmp_path / "a.mp4", frames(3))
    row = restore_one(tmp_path / "a.mp4", tmp_path / "b.mp4", Identity(channels=3), quality=20)
    assert row.status == "restored"
    finer = restore_one(tmp_path / "a.mp4", tmp_path / "c.mp4", Identity(channels=3))
    assert finer.status == "restored"
    sizes = [sum(len(p) for p, _ in packets(tmp_path / f"{n}.mp4", "video")) for n in "bc"]
    assert sizes[0] < 0.7 * sizes[1]


def test_ahead():
    produced = []

    def items():
        for i in range(100):
            produced.append(i)
            yield i
            if i == 20:
                raise KeyError("late")

    found = ahead(items(), count=2)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    time.sleep(0.05)
    assert len(produced) <= 7
    with pytest.raises(KeyError, match="late"):
        list(found)
    before = threading.active_count()
    stopped = ahead(items())
    next(stopped)
    stopped.close()
    assert threading.active_count() <= before
