"""Which vision model the old addresses speak of."""

from typing import Any

import pytest
from flask import Flask

from api.compat.current_model import current, devices, entry, find_current, path_of, published, switch
from api.services import EXTENSION, Services
from jobs.errors import Conflict, NotFound
from storage import names
from tests.api.compat.acting import report
from tests.api.conftest import Api
from tests.api.models import put_version


@pytest.fixture
def services(api: Api) -> Services:
    return services_of(api.app)


def services_of(app: Flask) -> Services:
    found: Services = app.extensions[EXTENSION]
    return found


def train(api: Api, model: str, domain: str = "vision", **changes: Any) -> None:
    put_version(api.objects, api.jobs, model, domain=domain, **changes)


def answering(services: Services) -> str:
    version = current(services)
    return path_of(version.model, version.version)


def test_the_vision_model_last_trained_answers_with_its_champion(api: Api, services: Services) -> None:
    train(api, "old")
    train(api, "digits")
    train(api, "digits")
    train(api, "digits", promote=False)
    for _ in range(5):
        train(api, "demand", "forecasting")

    assert answering(services) == "digits/v2"


def test_the_model_switched_to_answers_even_after_another_was_trained(api: Api, services: Services) -> None:
    train(api, "digits")
    switch(services, "digits/v1", by="key1")
    train(api, "blood")
    train(api, "blood")

    assert answering(services) == "digits/v1"
    train(api, "digits")
    assert answering(services) == "digits/v2"  # a new champion of it answers, as at every other address


def test_a_switch_to_the_champion_promotes_nothing_and_is_kept(api: Api, services: Services) -> None:
    train(api, "digits")

    switch(services, "digits/v1", by="key1")

    assert [e.by for e in services.models.history("digits")] == ["noria"]
    kept = services.objects.read_json(names.compat_model())
    assert (kept["model"], kept["by"]) == ("digits", "key1")


def test_a_model_that_is_gone_leaves_its_place_to_the_one_last_trained(api: Api, services: Services) -> None:
    train(api, "digits")
    services.objects.put_json(names.compat_model(), {"model": "gone"})

    assert answering(services) == "digits/v1"


def test_without_a_vision_model_there_is_none_and_no_name_is_taken(api: Api, services: Services) -> None:
    train(api, "demand", "forecasting")

    assert find_current(services) is None
    assert list(published(services)) == []
    with pytest.raises(Conflict, match="Train one first"):
        current(services)
    with pytest.raises(NotFound):
        switch(services, "demand/v1", by="local")


def test_models_of_many_pages_are_all_listed(api: Api, services: Services) -> None:
    for n in range(120):
        train(api, f"m{n}")

    assert len({version.model for version in published(services)}) == 120


def test_a_version_without_weights_has_the_size_0(api: Api, services: Services) -> None:
    train(api, "digits", metrics=None)

    shown = entry(services, current(services), None)

    assert (shown["size_mb"], shown["metrics"], shown["is_current"]) == (0, {}, False)


@pytest.mark.parametrize(("health", "told"), [
    ({}, ("cpu", False, None)), ({"gpus": ["T4", "A10"]}, ("cuda:0", True, "T4")), ({"device": "cpu", "gpus": ["T4"]}, ("cpu", True, "T4")),
    ({"device": "cuda:1", "gpus": ["T4", "A10"]}, ("cuda:1", True, "T4")), ({"queues": ["cpu", "cpu.fast"], "gpus": ["T4"]}, (None, False, None))])
def test_the_device_is_what_the_workers_that_see_images_report(api: Api, services: Services, health: dict[str, Any], told: Any) -> None:
    report(api, **health)

    assert tuple(devices(services).values()) == told
