"""Names in MLflow."""

import pytest

from tracking import names


def test_a_link_opens_the_run_in_its_own_experiment() -> None:
    # given addresses with and without a final slash
    made = {names.run_url(base, "401576597529460193", "abc") for base in ("http://ml:5000", "http://ml:5000/")}
    # then
    assert made == {"http://ml:5000/#/experiments/401576597529460193/runs/abc"}


@pytest.mark.parametrize(("given", "made"), [
    ("metrics/mAP50(B)", "metrics/mAP50B"), ("R²", "R²"), ("wape 80%", "wape 80"), ("a:b-c.d_e", "a:b-c.d_e"), ("(%)", "unnamed"),
    ("x" * 300, "x" * 250), ("/a/", "a"),
])
def test_characters_that_mlflow_refuses_are_left_out_of_names(given: str, made: str) -> None:
    assert names.entry(given) == made


@pytest.mark.parametrize("name", ["api_key", "params.apikey", "aws.secret", "DB_PASSWORD", "token", "access-token", "secrets"])
def test_values_of_secrets_are_masked(name: str) -> None:
    assert names.value(name, "hunter2") == "***"


@pytest.mark.parametrize("name", ["keypoints", "monkey", "tokenizer", "articulo_codigo", "total_articulos"])
def test_values_of_names_that_only_look_like_secrets_are_kept(name: str) -> None:
    assert names.value(name, 12) == "12"


def test_a_value_is_cut_to_what_mlflow_takes() -> None:
    assert len(names.value("regressors", "x" * 10_000)) == 6000
