"""Buckets: a server of objects in this process, of the `test` extra."""

import json
import urllib.request

import pytest
from made_pictures import picture
from PIL import Image

pytest.importorskip("apache_beam")
boto3 = pytest.importorskip("boto3")
moto_server = pytest.importorskip("moto.server")

from keras_restore import models  # noqa: E402
from keras_restore.beam.__main__ import main  # noqa: E402
from keras_restore.inference import restore_one  # noqa: E402

NAMES = ("a.png", "more/b c.jpg", "Zürich/d.gif")


@pytest.fixture
def server():
    server = moto_server.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    tell(f"http://{host}:{port}", "reset-auth", "inf")
    tell(f"http://{host}:{port}", "reset")
    server.stop()


@pytest.fixture
def bucket(server, tmp_path, monkeypatch):
    """Three pictures and one poison, also in a folder, and a model."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    s3 = boto3.resource("s3", endpoint_url=server, region_name="us-east-1", **keys)
    bucket = s3.create_bucket(Bucket="photos")
    models.xnet(3, depth=2, filters=2, kernel_size=3).save(tmp_path / "model.keras")
    for seed, name in enumerate(NAMES):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(20, 30, 3, seed=seed)).save(path)
        bucket.upload_file(str(path), f"in/{name}")
    bucket.put_object(Key="in/poison.png", Body=b"no picture")
    return bucket


def run(server, folder, *arguments, source="s3://photos/in", keys=("test", "test")):
    options = [f"--input={source}", "--output=s3://photos/out", "--manifest=s3://photos/rows"]
    options += [f"--s3_endpoint_url={server}", "--s3_region_name=us-east-1"]
    options += [f"--s3_access_key_id={keys[0]}", f"--s3_secret_access_key={keys[1]}"]
    return main([*options, f"--model={folder / 'model.keras'}", *arguments])


def tell(server, action, value=""):
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(
        urllib.request.Request(f"{server}/moto-api/{action}", value.encode(), headers)
    )


def rights(server, *actions):
    """Keys of a user who may do this and no more; the server asks from now on."""
    options = {"endpoint_url": server, "region_name": "us-east-1"}
    iam = boto3.client("iam", **options, aws_access_key_id="test", aws_secret_access_key="test")
    iam.create_user(UserName="user")
    keys = iam.create_access_key(UserName="user")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="user", PolicyName="some", PolicyDocument=policy)
    tell(server, "reset-auth", "0")
    return keys["AccessKeyId"], keys["SecretAccessKey"]


def objects(bucket, prefix):
    found = bucket.objects.filter(Prefix=prefix)
    return {each.key.removeprefix(prefix): each.get()["Body"].read() for each in found}


def test_a_bucket_is_restored_like_a_folder(server, bucket, tmp_path, capsys):
    assert run(server, tmp_path) == 1
    assert capsys.readouterr().out == "1 failed, 3 restored\n"
    expected = {}
    for name in NAMES:
        result = name.replace(".gif", ".gif.png")
        restore_one(tmp_path / "in" / name, tmp_path / "out" / result, tmp_path / "model.keras")
        expected[result] = (tmp_path / "out" / result).read_bytes()
    assert objects(bucket, "out/") == expected
    (row,) = objects(bucket, "rows/failed.jsonl")[""].decode().splitlines()
    assert json.loads(row)["input"] == "s3://photos/in/poison.png"

    assert run(server, tmp_path) == 1
    assert capsys.readouterr().out == "3 already there, 1 failed\n"

    other = tmp_path / "in/more/b c.jpg"
    bucket.upload_file(str(other), "in/a.png")
    before = {each.key: each.last_modified for each in bucket.objects.filter(Prefix="out/")}
    assert run(server, tmp_path, "--overwrite") == 1
    assert capsys.readouterr().out == "2 already there, 1 failed, 1 restored\n"
    found = objects(bucket, "out/")
    assert found.pop("a.png") != expected.pop("a.png") and found == expected
    after = {each.key: each.last_modified for each in bucket.objects.filter(Prefix="out/")}
    assert all(after[key] == time for key, time in before.items() if key != "out/a.png")


def test_a_bucket_that_does_not_exist(server, bucket, tmp_path):
    with pytest.raises(ValueError, match="There is no file in 's3://nobucket/in'"):
        run(server, tmp_path, source="s3://nobucket/in")


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (["s3:PutObject"], r"(?s)'s3://photos/in/\*\*'.*AccessDenied"),
        (["s3:ListBucket", "s3:GetObject"], "'s3://photos/rows' cannot be written: .*AccessDenied"),
    ],
)
def test_a_bucket_without_rights(server, bucket, tmp_path, actions, message):
    before = objects(bucket, "")
    with pytest.raises(OSError, match=message):
        run(server, tmp_path, keys=rights(server, *actions))
    tell(server, "reset-auth", "inf")
    assert objects(bucket, "") == before


def test_an_object_that_may_not_be_removed(server, bucket, tmp_path):
    """Rights to write are enough for a first run; where nothing fails there is no list of it."""
    bucket.Object("in/poison.png").delete()
    allowed = ("s3:ListBucket", "s3:GetObject", "s3:PutObject")
    assert run(server, tmp_path, keys=rights(server, *allowed)) == 0
    tell(server, "reset-auth", "inf")
    assert len(objects(bucket, "out/a.png")) == 1 and not objects(bucket, "rows/failed.jsonl")
