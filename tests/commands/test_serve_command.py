"""`keras-restore serve`."""

import json
import urllib.error
import urllib.request

import pytest
from served import served

from keras_restore.cli import main
from keras_restore.commands import serve_command
from keras_restore.commands.serve_command import page_server


@pytest.fixture
def address(tmp_path, repository):
    headers = (repository / "web/page/headers.json").read_text()
    (tmp_path / "headers.json").write_text(headers)
    for name in ("index.html", "module.js", "engine.wasm"):
        (tmp_path / name).write_text(name)
    with served(page_server(tmp_path, port=0)) as address:
        yield address


def test_every_answer_has_the_headers(address, repository):
    expected = json.loads((repository / "web/page/headers.json").read_text())
    assert expected["Cross-Origin-Opener-Policy"] == "same-origin"
    assert expected["Cross-Origin-Embedder-Policy"] == "require-corp"
    types = {"": "text/html", "module.js": "text/javascript", "engine.wasm": "application/wasm"}
    for path, kind in types.items():
        with urllib.request.urlopen(address + path) as answer:
            assert answer.headers["Content-Type"].startswith(kind)
            for name, value in expected.items():
                assert answer.headers[name] == value
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address + "missing.js")
    assert caught.value.code == 404 and caught.value.headers["Cross-Origin-Opener-Policy"]


def test_the_policy_lets_nothing_leave(repository):
    headers = json.loads((repository / "web/page/headers.json").read_text())
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["connect-src"] == "'self'"
    allowed = {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:"}
    assert {source for rule in policy.values() for source in rule.split()} <= allowed
    assert policy["form-action"] == "'none'" and "blob:" not in policy["connect-src"]


def test_it_says_how_to_build_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(serve_command, "PAGE", tmp_path)
    assert main(["serve", "--no-browser"]) == 2
    assert "make web" in capsys.readouterr().err
