"""A training starts from an architecture or from a file that stands ready, and from nothing else."""

from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.vision.starting_point import ARCHITECTURES, RANDOM_LR, TINY_LR, WARM_LR, find_start, sha256_of


def test_an_architecture_starts_with_random_weights(tmp_path):
    start = find_start("yolo26n", None, tmp_path)
    assert (start.architecture, start.weights, start.lr, start.weights_sha256) == ("yolo26n.yaml", None, RANDOM_LR, None)


def test_the_tiny_architecture_is_a_file_of_ours(tmp_path):
    start = find_start("tiny11n", None, tmp_path)
    assert Path(str(start.architecture)).is_file()
    assert start.lr == TINY_LR


def test_weights_are_found_by_their_bare_name(tmp_path):
    (tmp_path / "mine.pt").write_bytes(b"weights")
    start = find_start("mine.pt", None, tmp_path)
    assert (start.architecture, start.weights, start.lr) == (None, tmp_path / "mine.pt", WARM_LR)
    assert start.weights_sha256 == sha256_of(tmp_path / "mine.pt")


def test_weights_may_start_another_architecture(tmp_path):
    (tmp_path / "mine.pt").write_bytes(b"weights")
    assert find_start("mine.pt", "yolov8n", tmp_path).architecture == "yolov8n.yaml"


def test_missing_weights_say_where_to_put_them_and_what_is_there(tmp_path):
    (tmp_path / "mine.pt").write_bytes(b"weights")
    with pytest.raises(InputError, match="into the folder that WEIGHTS_DIR names") as refused:
        find_start("yolo11n.pt", None, tmp_path)
    assert "has mine.pt" in refused.value.message
    assert str(tmp_path) not in refused.value.message
    assert refused.value.fields[0].field == "params.base"


def test_a_folder_of_weights_that_is_not_there_is_empty(tmp_path):
    with pytest.raises(InputError, match="has no weights yet"):
        find_start("a.pt", None, tmp_path / "nothing")


@pytest.mark.parametrize("base", ["../secret.pt", "sub/x.pt", "/etc/passwd.pt"])
def test_no_path_leads_out_of_the_folder_of_weights(tmp_path, base):
    inside = tmp_path / "weights"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub" / "x.pt").write_bytes(b"weights")
    (tmp_path / "secret.pt").write_bytes(b"weights")
    with pytest.raises(InputError, match="no weights"):
        find_start(base, None, inside)


def test_an_unknown_architecture_names_those_there_are(tmp_path):
    with pytest.raises(InputError, match="no architecture 'resnet'") as refused:
        find_start("resnet", None, tmp_path)
    assert all(name in refused.value.message for name in ARCHITECTURES)
