"""What the pages of models show, gathered."""

from api.console.model_facts import CORRECTIONS_SHOWN, model_facts, version_facts
from storage import names
from tests.api.conftest import Api
from tests.api.models import image_id, put_version
from tests.api.test_correction_routes import correct


def test_a_model_has_its_versions_newest_first_and_the_one_to_go_back_to(api: Api) -> None:
    s = api.app.extensions["noria"]
    for _ in range(2):
        put_version(api.objects, api.jobs)
    put_version(api.objects, api.jobs, promote=False, decision="rejected", reason="It lost a class.")

    facts = model_facts(s, "m", s.models.versions("m"))

    assert [v.version for v in facts.versions] == [3, 2, 1]
    assert (facts.domain, facts.champion, facts.in_use and facts.in_use.version, facts.back_to) == ("test", 2, 2, 1)
    assert [entry.action for entry in facts.history] == ["rejected", "promoted", "promoted"]


def test_only_a_model_that_learns_from_corrections_counts_them(api: Api) -> None:
    s = api.app.extensions["noria"]
    correct(api, 0)
    put_version(api.objects, api.jobs, "sales", domain="forecasting")

    learner, other = (model_facts(s, name, s.models.versions(name)) for name in ("m", "sales"))

    assert learner.retrain
    assert (learner.retrain.pending, learner.threshold, other.retrain) == (1, 5, None)


def test_retrains_under_way_are_found_until_they_end(api: Api) -> None:
    s = api.app.extensions["noria"]
    job_id = [correct(api, n).json for n in range(5)][4]["retrain_job"]
    versions = s.models.versions("m")
    assert [job.id for job in model_facts(s, "m", versions).under_way] == [job_id]

    api.end(job_id)

    assert model_facts(s, "m", versions).under_way == ()


def test_each_correction_that_made_a_version_is_found_with_its_image_and_what_is_gone_is_said(api: Api) -> None:
    s = api.app.extensions["noria"]
    ids = [correct(api, n).json["id"] for n in range(3)]
    api.objects.delete(names.image_document(image_id(1)))
    put_version(api.objects, api.jobs, retraining={"corrections": [*ids, "f" * 24], "held_out": [ids[2]]})
    model = model_facts(s, "m", s.models.versions("m"))

    facts = version_facts(s, model, model.versions[0])

    assert [seen.id for seen in facts.corrections] == [*ids, "f" * 24]
    assert [seen.held_out for seen in facts.corrections] == [False, False, True, False]
    assert [(seen.correction is not None, seen.image is not None) for seen in facts.corrections] == [
        (True, True), (True, False), (True, True), (False, False)]
    assert (facts.corrections_total, facts.next_start, facts.job) == (4, None, None)


def test_many_corrections_are_shown_in_parts(api: Api) -> None:
    s = api.app.extensions["noria"]
    put_version(api.objects, api.jobs, retraining={"corrections": [f"{n:024x}" for n in range(30)], "held_out": []})
    model = model_facts(s, "m", s.models.versions("m"))

    first = version_facts(s, model, model.versions[0])
    second = version_facts(s, model, model.versions[0], start=CORRECTIONS_SHOWN)

    assert (len(first.corrections), first.next_start) == (CORRECTIONS_SHOWN, CORRECTIONS_SHOWN)
    assert (len(second.corrections), second.next_start, second.corrections_total) == (30 - CORRECTIONS_SHOWN, None, 30)
