"""The line of progress, and stopping."""

import io

import pytest

from keras_restore.commands.progress import Progress, Stopped


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_speed_and_time_left():
    progress = Progress(files=5, pixels=600_000_000, stream=io.StringIO())
    progress.add_pixels(150_000_000)
    progress.finish_file()
    assert progress.line(0).startswith("[1/5] 150.0 of 600.0 MP")
    assert progress.line(300) == "[1/5] 150.0 of 600.0 MP, 0.50 MP/s, 15:00 left"


def test_silent_without_a_terminal():
    stream = io.StringIO()
    progress = Progress(files=1, pixels=10, stream=stream)
    progress.add_pixels(10)
    progress.close()
    assert stream.getvalue() == ""


def test_shows_on_a_terminal(monkeypatch):
    monkeypatch.setattr("keras_restore.commands.progress.SECONDS_BETWEEN", 0)
    stream = Terminal()
    progress = Progress(files=1, pixels=2_000_000, stream=stream)
    progress.add_pixels(1_000_000)
    assert "1.0 of 2.0 MP" in stream.getvalue()


def test_stop_ends_the_work():
    progress = Progress(files=1, pixels=10, stream=io.StringIO())
    progress.stop()
    with pytest.raises(Stopped):
        progress.add_pixels(1)
