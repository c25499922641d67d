"""The twin in memory does to the world what a real context does, to be looked at afterwards."""

from pathlib import Path

import pytest

from jobs.context import Registration
from jobs.errors import JobCanceled, NotFound
from jobs.memory_context import MemoryContext


def test_the_twin_in_memory_keeps_what_a_kind_leaves_behind(tmp_path: Path) -> None:
    context = MemoryContext(tmp_path / "scratch")
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"w")
    context.progress(0.5, "fit")
    context.metric("mae", 1.5, 3)
    context.param("seed", 0)
    context.param("seed", 1)
    context.artifact("a.csv", b"x")
    number = context.model("m", files={"weights.bin": weights}, metadata={"k": 1}, registrations=(Registration("x", "file", "weights.bin"),))
    assert (context.progresses, context.metrics, context.params) == ([(0.5, "fit", "")], [("mae", 1.5, 3)], {"seed": 0})
    assert context.artifacts == {"a.csv": b"x"}
    assert context.model_version("m").version == number == 1
    assert context.model_version("m", 1).files["weights.bin"].read_bytes() == b"w"


def test_the_twin_in_memory_gives_the_images_it_was_given(tmp_path: Path) -> None:
    context = MemoryContext(tmp_path, images={"ab" * 32: tmp_path / "a.png"})
    assert context.image("ab" * 32) == tmp_path / "a.png"
    with pytest.raises(NotFound, match="no image"):
        context.image("cd" * 32)


def test_the_twin_in_memory_stops_where_a_real_run_would(tmp_path: Path) -> None:
    context = MemoryContext(tmp_path, stop=True)
    with pytest.raises(JobCanceled):
        context.progress(0.1, "fit")
    assert context.canceled()


def test_what_the_twin_was_not_given_is_not_found(tmp_path: Path) -> None:
    context = MemoryContext(tmp_path)
    for look in (context.dataset, context.company, context.model_version):
        with pytest.raises(NotFound):
            look("nothing")
    assert context.load_checkpoint("nothing") is None
    assert context.recall("nothing", "list") is None
    assert context.latest_dataset("nobody", "stock") is None


def test_the_twin_in_memory_remembers_for_a_model_and_knows_a_companys_last_data_set(tmp_path: Path) -> None:
    context = MemoryContext(tmp_path)
    context.remember("m", "list", b"1")
    assert (context.recall("m", "list"), context.recall("other", "list")) == (b"1", None)
    (tmp_path / "t.parquet").write_bytes(b"t")
    for name, kind, company in (("a", "stock", "acme"), ("b", "stock", "acme"), ("c", "sales", "acme"), ("d", "stock", "else")):
        context.add_dataset(tmp_path / "t.parquet", dataset_id=name, type=kind, company=company)
    assert context.latest_dataset("acme", "stock") == "b"
