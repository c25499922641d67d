"""What trainings, predictions and a retrain leave behind, in the shapes that the kinds answer with; for pages to show."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from api.services import Services, build_services
from jobs.forecasting.kinds import TrainResult
from jobs.settings import load_settings
from jobs.vision.boxes import Box
from jobs.vision.kinds import DetectionResult, DetectorResult, RetrainResult
from jobs.vision.steps import STEPS
from storage.corrections import CorrectionIn
from storage.job_store import End
from storage.models import Version
from storage.objects import open_store
from tests.browser.conftest import Console

SIDE = (320, 240)
MODEL, FORECASTER = "fruit", "shop"
BETTER = "Better: the mean mAP50 of old and new went from 0.412 to 0.655; on the old images mAP50 went from 0.710 to 0.702, no class was lost."


@dataclass(frozen=True, slots=True)
class Learned:
    """The jobs of a console whose models learned: ids by kind."""

    train: str
    predict: str
    retrain: str
    forecast: str


def services_of(console: Console) -> Services:
    """The stores that the console stands on."""
    settings = load_settings({"NORIA_HOME": str(console.home), "REDIS_URL": console.valkey.url})
    return build_services(settings, console.jobs, open_store(settings.objects_url))


def learned(console: Console, *, labels: tuple[str, ...] = ("apple", "pear"), words: str = "") -> Learned:
    """A detector, trained, corrected and retrained, and a forecasting model. words: stands wherever people or files may write."""
    s = services_of(console)
    train = _train(console, s, labels)
    predict = _predict(console, s, labels)
    retrain = _retrain(console, s, labels, predict, words)
    s.models.rollback(MODEL, reason=words or "It misses pears in the shade.", by="ana")
    return Learned(train, predict, retrain, _forecast(console, s, words))


def photo(number: int) -> bytes:
    """A PNG with two round fruits, another one for each number."""
    image = Image.new("RGB", SIDE, (205 - 9 * number, 190, 160))
    brush = ImageDraw.Draw(image)
    brush.ellipse((30 + 4 * number, 60, 130 + 4 * number, 160), fill=(180, 40, 40))
    brush.ellipse((190, 90 - 4 * number, 270, 200 - 4 * number), fill=(130, 170, 60))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def boxes(number: int, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    """The true boxes of a photo."""
    return [{"label": labels[0], "x1": 30.0 + 4 * number, "y1": 60.0, "x2": 130.0 + 4 * number, "y2": 160.0},
            {"label": labels[1], "x1": 190.0, "y1": 90.0 - 4 * number, "x2": 270.0, "y2": 200.0 - 4 * number}]


def scores(mean_ap: float, labels: tuple[str, ...], count: int) -> dict[str, Any]:
    """DetectionScores: the labels around a mean."""
    def one(value: float, number: int) -> dict[str, Any]:
        return {"mAP50": value, "mAP50-95": value * 0.6, "precision": min(1.0, value + 0.1), "recall": value * 0.9, "boxes": number}

    spread = [round(mean_ap + (0.05 if n % 2 else -0.05), 3) for n in range(len(labels))]
    return {**one(mean_ap, count), "per_class": {label: one(value, count // 2) for label, value in zip(labels, spread, strict=True)}}


def ended(console: Console, kind: str, queue: str, params: dict[str, Any], result: dict[str, Any]) -> str:
    """A job that succeeded."""
    job_id = console.submit(kind, queue, params)
    console.jobs.move(job_id, console.start(job_id).fence, End("succeeded", result=result))
    return job_id


def _train(console: Console, s: Services, labels: tuple[str, ...]) -> str:
    metrics, images = scores(0.71, labels, 46), {"train": 120, "val": 24}
    result = DetectorResult(model=MODEL, version=1, classes=labels, images=images, epochs=20, metrics=metrics)
    job_id = ended(console, "vision.train", "gpu", {"dataset": "d" * 24, "model": MODEL}, result.model_dump(mode="json", by_alias=True))
    data = {"dataset": "d" * 24, "sha256": "5a" * 32, "images": images}
    card = {"classes": list(labels), "image_size": 320, "base": "tiny11n", "architecture": None, "epochs": 20, "batch": 8, "seed": 0,
            "metrics": metrics, "data": data}
    _publish(s, MODEL, "vision", job_id, card)
    return job_id


def _predict(console: Console, s: Services, labels: tuple[str, ...]) -> str:
    found = []
    for number in range(3):
        image, _ = s.images.receive(photo(number))
        seen = [{**box, "confidence": 0.91 - 0.3 * n} for n, box in enumerate(boxes(number, labels))][:2 if number else 1]
        found.append({"image": image.id, "width": SIDE[0], "height": SIDE[1], "boxes": seen})
    result = DetectionResult(model=MODEL, version=1, runtime="onnxruntime cpu", predictions=found)
    return ended(console, "vision.predict", "gpu.fast", {"model": MODEL, "images": [f["image"] for f in found]}, result.model_dump(mode="json"))


def _retrain(console: Console, s: Services, labels: tuple[str, ...], predict: str, words: str) -> str:
    ids, job_id = [], None
    for number in range(5):
        image, _ = s.images.receive(photo(number))
        told = boxes(number, labels)
        given = {"image": image.id, "model": MODEL, "boxes": told, "author": words[:200] or "Ana", "prediction": predict}
        said = [Box(**told[0]), Box(labels[0], 10.0, 10.0, 60.0, 50.0)]
        correction, added = s.corrections.add(CorrectionIn.model_validate(given), by="local", predicted=said)
        ids, job_id = [*ids, correction.id], added.retrain_job
    assert job_id
    before = {"all": scores(0.561, labels, 70), "old": scores(0.71, labels, 46), "new": scores(0.114, labels, 24)}
    after = {"all": scores(0.678, labels, 70), "old": scores(0.702, labels, 46), "new": scores(0.608, labels, 24)}
    steps = [{"step": n, "name": name, "seconds": 0.4 * n * n} for n, name in enumerate(STEPS, 1)]
    images = {"replayed": 120, "corrected": 4, "held_out_old": 24, "held_out_new": 1}
    metrics = {"before": before, "after": after}
    result = RetrainResult(
        model=MODEL, version=2, previous=1, corrections=tuple(ids), held_out=(ids[4],), images=images, steps=steps, metrics=metrics,
        decision="promoted", reason=words or BETTER, experiment_id="7", snapshot="9d" * 32).model_dump(mode="json", by_alias=True)
    card = {"classes": list(labels), "image_size": 320, "base": "tiny11n", "epochs": 10, "batch": 8, "seed": 0, "metrics": after["all"],
            "data": {"dataset": "d" * 24, "sha256": "5a" * 32, "images": images}, "decision": "promoted", "reason": result["reason"],
            "retraining": {"previous": 1, "corrections": ids, "held_out": [ids[4]], "snapshot": "9d" * 32, "experiment_id": "7",
                           "metrics": result["metrics"]}}
    fence = console.start(job_id, worker="gpu@here").fence
    s.corrections.mark_used(job_id)
    console.jobs.move(job_id, fence, End("succeeded", result=result))
    _publish(s, MODEL, "vision", job_id, card)
    return job_id


def _forecast(console: Console, s: Services, words: str) -> str:
    def member(rmse: float) -> dict[str, Any]:
        return {"mae": rmse * 0.68, "rmse": rmse, "r2": 0.57, "wape": rmse / 52, "mase": rmse / 9.8, "bias": -0.05, "level": "item"}

    metrics = {"xgboost": member(7.1), "prophet_items": member(7.9), "theta": member(8.6), "seasonal_naive": member(11.8), "ensemble": member(6.7)}
    data = {"lines": 1790, "first_period": "2023-01-01", "last_period": "2026-10-01", "periods": 46, "lines_summed": 12, "gaps_filled": 61,
            "missing_quantities": 3, "periods_unknown": 0, "returns_netted": 5, "periods_clipped": 1, "incomplete_first_period_dropped": None,
            "incomplete_period_dropped": "2026-11-01", "regressors_filled": 0, "regressors_on_sales_only": (words or "promo",)}
    reason = words or "the mean of xgboost and prophet_items, since nothing else was clearly better (RMSE 6.7; the best simple member, theta: 8.6)"
    result = TrainResult(
        model=FORECASTER, version=1, series=40, rows=1840, frequency="month", horizon=3, folds=3, metrics=metrics, chosen="ensemble",
        members=("xgboost", "prophet_items"), scaled_to_total=0.0, reason=reason, coverage={"80": 0.81, "95": 0.944}, data=data,
        warnings=(words or "There is no forecast.png, since the forecast needs regressors: `noria submit forecasting.predict` draws it.",))
    job_id = ended(console, "forecasting.train", "cpu", {"dataset": "e" * 24}, result.model_dump(mode="json"))
    card = {"frequency": "month", "horizon": 3, "regressors": ["promo"], "country": "CO", "company": None, "nit": "", "seed": 0, "series": 40,
            "rows": 1840, "first_period": "2023-01-01", "last_period": "2026-10-01", "chosen": "ensemble", "metrics": metrics,
            "combination": {"members": ["xgboost", "prophet_items"], "weight": 0.0}, "coverage": {"80": 0.81, "95": 0.944},
            "data": {"dataset": "e" * 24, "sha256": "7c" * 32, "rows": 1790}}
    _publish(s, FORECASTER, "forecasting", job_id, card)
    return job_id


def _publish(s: Services, model: str, domain: str, job_id: str, card: dict[str, Any]) -> None:
    number, job = s.models.allocate(model, domain=domain, job_id=job_id), s.jobs.get(job_id)
    version = Version(model, number, domain, job_id, job.finished_at or job.created_at, card)
    s.models.publish(version, promote=True)
