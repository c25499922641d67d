"""The pages of models, and decisions by their forms."""

import pytest

from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in
from tests.api.models import put_version

SCORES = {"mAP50": 0.5, "mAP50-95": 0.25, "precision": 0.6, "recall": 0.7, "boxes": 24}
FOUND = {**SCORES, "per_class": {"cat": SCORES}}
BETTER = {**SCORES, "mAP50": 0.75, "per_class": {"cat": {**SCORES, "mAP50": 0.75}, "newt": SCORES}}
MEMBERS = {"mae": 5.1, "rmse": 7.6, "r2": None, "wape": 0.146, "mase": None, "bias": -0.05, "level": "item"}


def shown(api: Api, path: str) -> str:
    answer = api.client.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def two_versions(api: Api) -> None:
    for _ in range(2):
        put_version(api.objects, api.jobs)


def test_models_of_every_domain_are_listed_and_no_model_is_said_to_be_one(api: Api) -> None:
    assert "There are no models yet." in shown(api, "/models")
    put_version(api.objects, api.jobs, "digits", domain="vision", metrics=FOUND)
    put_version(api.objects, api.jobs, "shop", domain="forecasting", chosen="ensemble",
                metrics={"ensemble": MEMBERS, "theta": {**MEMBERS, "rmse": 9.25}})

    text = shown(api, "/models")

    assert text.index('href="/models/shop"') < text.index('href="/models/digits"')
    assert "mAP50 0.500" in text
    assert "RMSE 7.6" in text
    assert "Moving statistical mean (Theta): 9.25" in text


def test_the_list_goes_on_after_a_page(api: Api) -> None:
    for n in range(52):
        put_version(api.objects, api.jobs, f"m{n:02d}")

    text = shown(api, "/models")
    more = text.partition('href="/models?cursor=')[2].partition('"')[0]

    assert text.count('href="/models/m') == 50
    assert shown(api, f"/models?cursor={more}").count('href="/models/m') == 2
    assert api.client.get("/models?cursor=a b", headers=PAGE).status_code == 422


def test_a_retrained_version_shows_before_and_after_on_old_and_new_images_and_each_class(api: Api) -> None:
    metrics = {"before": {"all": FOUND, "old": FOUND, "new": None}, "after": {"all": BETTER, "old": BETTER, "new": None}}
    put_version(api.objects, api.jobs, domain="vision", metrics=BETTER, decision="promoted", reason="Better: by far.",
                retraining={"previous": 1, "corrections": [], "held_out": [], "snapshot": "ab" * 32, "metrics": metrics})

    text = shown(api, "/models/m")

    assert "Better: by far." in text
    assert text.count("+0.250") == 5  # in the list, and in all and old: the whole, and the cat
    assert "newt" in text
    assert "These images hold no box yet" in text
    assert "ab" * 32 in text


def test_the_version_that_is_asked_for_is_shown_and_else_the_newest(api: Api) -> None:
    put_version(api.objects, api.jobs, base="first-weights")
    put_version(api.objects, api.jobs, base="second-weights")

    assert "second-weights" in shown(api, "/models/m")
    assert "first-weights" in shown(api, "/models/m?version=1")
    assert [api.client.get(f"/models/{path}", headers=PAGE).status_code for path in ("m?version=9", "none", "a%20b")] == [404] * 3


def test_a_version_of_a_kind_that_measures_otherwise_is_shown_all_the_same(api: Api) -> None:
    put_version(api.objects, api.jobs, metrics={"odd": {"deep": [1, 2]}})
    assert "odd" in shown(api, "/models/m")
    put_version(api.objects, api.jobs, metrics=None, data=None)
    assert "Its training kept no metrics." in shown(api, "/models/m")


def test_a_promotion_and_a_rollback_stand_in_the_history_with_their_reason(api: Api) -> None:
    two_versions(api)

    promoted = api.client.post("/models/m/promote", data={"version": "1", "reason": " Calmer. "}, headers=OWN)
    back = api.client.post("/models/m/rollback", data={"reason": "Too calm."}, headers={**OWN, "HX-Request": "true"})

    assert (promoted.status_code, promoted.headers["Location"], back.status_code) == (303, "/models/m", 204)
    history = api.client.get("/v1/models/m/history").json["history"]
    assert [(e["action"], e["version"], e["reason"]) for e in history[:2]] == [
        ("rolled_back", 2, "Too calm."), ("promoted", 1, "Calmer.")]
    text = shown(api, "/models/m")
    assert "Too calm." in text
    assert "somebody on this machine" in text


@pytest.mark.parametrize(("action", "form"), [
    ("promote", {"version": "1", "reason": "  "}), ("promote", {"version": "1"}), ("promote", {"version": "1", "reason": "x" * 501}),
    ("promote", {"reason": "x"}), ("rollback", {"reason": ""})])
def test_a_decision_without_a_usable_reason_is_sent_back_and_changes_nothing(api: Api, action: str, form: dict[str, str]) -> None:
    two_versions(api)

    answer = api.client.post(f"/models/m/{action}", data=form, headers=OWN)

    assert answer.status_code == 422
    assert 'class="fault"' in answer.text or (action == "promote" and "version" not in form)
    assert len(api.client.get("/v1/models/m/history").json["history"]) == 2


def test_what_cannot_be_decided_is_said(api: Api) -> None:
    put_version(api.objects, api.jobs)

    assert api.client.post("/models/m/rollback", data={"reason": "x"}, headers=OWN).status_code == 409
    assert api.client.post("/models/m/promote", data={"version": "7", "reason": "x"}, headers=OWN).status_code == 404
    assert api.client.post("/models/none/rollback", data={"reason": "x"}, headers=OWN).status_code == 404


def test_only_an_admin_is_offered_decisions(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    two_versions(api)
    offered = {}
    for role, secret in secrets.items():
        sign_in(api, secret)
        offered[role] = [f"/models/m/{action}" in shown(api, f"/models/m?version={version}")
                         for action, version in (("promote", 1), ("rollback", 2))]
        done = api.client.post("/models/m/promote", data={"version": "1", "reason": "x"}, headers=OWN)
        assert done.status_code == (303 if role == "admin" else 403)

    assert offered == {"read": [False, False], "submit": [False, False], "admin": [True, True]}
