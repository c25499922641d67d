"""What forecasting offers is a contract: fields, bounds, and what is refused."""

import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from jobs.forecasting.kinds import KINDS, PredictParams, RecommendParams, TrainParams


def test_training_waits_in_the_cpu_queue_and_what_answers_at_once_in_its_fast_lane():
    assert [(k.name, k.queue) for k in KINDS] == [
        ("forecasting.train", "cpu"), ("forecasting.predict", "cpu.fast"), ("forecasting.recommend", "cpu.fast"),
        ("forecasting.ask", "cpu.fast")]


def test_every_kind_names_a_function_that_can_be_loaded():
    assert all(callable(kind.load()) for kind in KINDS)


@pytest.mark.parametrize("body", [{}, {"dataset": "a", "company": "b"}])
def test_a_training_needs_exactly_one_of_dataset_and_company(body):
    with pytest.raises(ValidationError, match="exactly one of the two"):
        TrainParams.model_validate(body)


@pytest.mark.parametrize("wrong", [
    {"horizon": 0}, {"horizon": 731}, {"horizon": 3.0}, {"horizon": True}, {"horizon": "3"}, {"frequency": "year"},
    {"start": "2024-02-01", "end": "2024-01-01"}, {"start": "yesterday"}, {"country": "Colombia"}, {"regressors": ["a", "a"]},
    {"folds": 0}, {"seed": -1}, {"surprise": 1},
])
def test_a_training_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        TrainParams.model_validate_json(json.dumps({"dataset": "a", **wrong}))


def test_dates_and_lists_come_in_as_json_writes_them():
    params = TrainParams.model_validate_json('{"dataset": "a", "start": "2023-01-01", "regressors": ["promo"]}')
    assert params.start is not None
    assert (params.start.isoformat(), params.regressors, params.folds) == ("2023-01-01", ("promo",), 3)


@pytest.mark.parametrize("wrong", [{"levels": [0]}, {"levels": [100]}, {"levels": [80, 80]}, {"levels": [95.5]}, {"items": []},
                                   {"version": 0}, {"model": "a/b"}, {"horizon": -1}])
def test_a_prediction_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        PredictParams.model_validate_json(json.dumps({"model": "m", **wrong}))


def test_a_prediction_asks_for_levels_of_80_and_95_by_default():
    assert PredictParams.model_validate_json('{"model": "m"}').levels == (80, 95)


@pytest.mark.parametrize("params", [PredictParams, RecommendParams])
@pytest.mark.parametrize("body", [{}, {"model": "a", "company": "b"}])
def test_predictions_and_buy_lists_need_exactly_one_of_model_and_company(params, body):
    with pytest.raises(ValidationError, match="exactly one of the two"):
        params.model_validate(body)


def test_every_field_of_every_schema_says_what_it_means():
    for kind in KINDS:
        for model in (kind.params, kind.result):
            schema = model.model_json_schema()
            for part in (schema, *schema.get("$defs", {}).values()):
                assert all("description" in field or "$ref" in field for field in part.get("properties", {}).values()), part


def test_the_schemas_load_none_of_the_heavy_libraries():
    # given a fresh interpreter, as the API's is
    code = ("import sys, jobs.forecasting.kinds;"
            "print([m for m in ('polars', 'numpy', 'pandas', 'xgboost', 'prophet', 'mlforecast') if m in sys.modules])")
    # when it imports the schemas / then nothing that computes came with them
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("wrong", [
    {"service_level": 1.0}, {"service_level": 0}, {"months": 0}, {"lead_time_days": -1}, {"lead_time_days": 731}, {"budget": -1},
    {"review_period_days": 0}, {"language": "fr"}, {"months": "1"}, {"budget": float("nan")}, {"colour": "red"}, {"model": "a b"}])
def test_a_buy_list_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        RecommendParams.model_validate({"model": "m", **wrong})


def test_a_buy_list_is_for_a_month_at_95_percent_with_a_week_to_delivery_by_default():
    params = RecommendParams.model_validate_json('{"model": "m"}')
    assert (params.months, params.service_level, params.lead_time_days, params.budget, params.stock) == (1, 0.95, 7, None, None)
