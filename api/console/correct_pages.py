"""Correct: images for a detector, its boxes to be put right one after the other, and the retrain that learns from them."""

from typing import Any

import orjson
from flask import Response, redirect, request, url_for
from werkzeug import Response as BaseResponse

from api import comparisons, correction_routes, image_routes, reviews
from api.admission import caller, may
from api.bodies import parse_json
from api.console import review_views
from api.console.language import gettext, marked
from api.console.page import Entry, go, lead, page_blueprint, show
from api.console.reviewer import name_of, remember_browser, reviewer
from api.responses import json_response
from api.services import services
from jobs.errors import Conflict, NotFound
from storage.corrections import Correction
from storage.retrain_queue import Standing

PAGE = 24
SHOWN = ("to_review", "corrected", "skipped")

routes = page_blueprint("correct", __name__)
routes.after_request(remember_browser)
NAV = Entry("console_correct.models", marked("Correct"))
ONE = "/correct/<model>/images/<image>"


@routes.get("/correct")
def models() -> BaseResponse:
    """The detectors that there are; the only one at once."""
    found = reviews.detectors()
    if len(found) == 1:
        return redirect(url_for("console_correct.queue", model=found[0]), 303)
    counts = {name: services().jobs.review_counts(name) for name in found}
    return show("correct_models.html", models=found, counts=counts)


@routes.get("/correct/<model>")
def queue(model: str) -> Response:
    """How far the review is, where images come in, and what the model made of the last corrections. Raises NotFound."""
    s, version = services(), reviews.detector(model)
    looks = reviews.gather(model)
    shown = request.args.get("show") if request.args.get("show") in SHOWN else SHOWN[0]
    tiles, following = review_views.tiles(model, str(shown), request.args.get("from", ""), PAGE)
    stale = any(tile.look and tile.look.version != version.version for tile in tiles) and shown == SHOWN[0]
    return show("correct_queue.html", model=model, version=version, others=[m for m in reviews.detectors() if m != model],
                counts=s.jobs.review_counts(model), learning=review_views.learning(model), looks=looks, tiles=tiles, stale=stale,
                following=following, shown=shown, idle=review_views.idle_queues(), last=_last())


@routes.post("/correct/<model>/upload")
def upload(model: str) -> BaseResponse:
    """Keep images as `/v1/images` does, and put them into the model's queue; a script is told what that route says, and how many
    are `new` there.
    """
    reviews.detector(model)
    answer = image_routes.upload()
    images = orjson.loads(answer.get_data())["images"]
    new = services().jobs.put_reviews(model, dict.fromkeys(image["id"] for image in images))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return json_response({"images": images, "new": new}, answer.status_code)
    reviews.look(model)
    return go("console_correct.queue", model=model)


@routes.post("/correct/<model>/earlier")
def earlier(model: str) -> BaseResponse:
    """Put images that were uploaded elsewhere into the queue."""
    reviews.detector(model)
    reviews.put_earlier(model)
    return go("console_correct.queue", model=model)


@routes.post("/correct/<model>/look")
def look(model: str) -> BaseResponse:
    """Have the model look at what it has not seen."""
    reviews.look(model)
    return go("console_correct.queue", model=model)


@routes.post("/correct/<model>/next")
def next_one(model: str) -> BaseResponse:
    """The next image, leaving the one of the form's `after` as it is."""
    reviews.detector(model)
    return _lead_on(model, request.form.get("after") or None)


@routes.get(ONE)
def image(model: str, image: str) -> Response:
    """One image in the editor; it is the visitor's own meanwhile, if they may correct. Raises NotFound."""
    s, version = services(), reviews.detector(model)
    document = s.images.get(image)
    reviews.gather(model)
    holder = _hold(model, image) if may("console_correct.save") else None
    correction, standing = _newest(model, image)
    seen = s.jobs.looks(model, [image]).get(image)
    said = reviews.said_of(seen.job, image) if seen else None
    prediction = correction.prediction if correction else seen.job if seen and said is not None else None
    return show(
        "correct_image.html", model=model, version=version, image=document, correction=correction, standing=standing,
        boxes=correction.boxes if correction else said or [], prediction=prediction, look=seen if said is not None else None,
        classes=list(version.metadata.get("classes", ())), holder=holder, skipped=s.jobs.is_skipped(model, image),
        counts=s.jobs.review_counts(model), learning=review_views.learning(model), last=_last())


@routes.post(f"{ONE}/save")
def save(model: str, image: str) -> BaseResponse:
    """Keep the form's boxes as `/v1/corrections` does, and go on. Raises Conflict where somebody else has the image.

    The form's `seen` is the correction that its page showed: another tab may have saved one since, which is shown then.
    """
    _require_held(model, image)
    form = request.form
    body = {"image": image, "model": model, "boxes": parse_json(form.get("boxes", "").encode()),
            "prediction": form.get("prediction") or None, "author": "", "new_label": bool(form.get("new_label"))}
    try:
        correction, _ = correction_routes.keep(orjson.dumps(body), seen=form.get("seen"))
    except Conflict:
        return lead(url_for("console_correct.image", model=model, image=image, done="overtaken"))
    return _lead_on(model, image, done="saved", last=image, correction=correction.id)


@routes.post(f"{ONE}/skip")
def skip(model: str, image: str) -> BaseResponse:
    """Leave the image out, and go on."""
    _require_held(model, image)
    services().images.get(image)
    services().jobs.skip_review(model, image)
    return _lead_on(model, image, done="skipped", last=image)


@routes.post(f"{ONE}/reopen")
def reopen(model: str, image: str) -> BaseResponse:
    """Undo what was done last: skip the image no longer, withdraw the correction of the form if no retrain has claimed it."""
    _require_held(model, image)
    services().jobs.reopen_review(model, image)
    correction = request.form.get("correction")
    if correction:
        try:
            services().corrections.withdraw(correction, by=caller())
        except Conflict:
            return lead(url_for("console_correct.image", model=model, image=image, done="claimed"))
        except NotFound:
            return lead(url_for("console_correct.image", model=model, image=image, done="replaced"))
    return lead(url_for("console_correct.image", model=model, image=image, done="undone"))


@routes.get("/correct/<model>/compare")
def compare(model: str) -> Response:
    """The last retrained version beside the one before, on the same images. Raises NotFound."""
    reviews.detector(model)
    after = comparisons.last_retrained(model)
    return show("correct_compare.html", model=model, after=after, found=comparisons.comparison(after) if after else None)


@routes.post("/correct/<model>/compare")
def start_comparison(model: str) -> BaseResponse:
    """Have both versions look at the images. Raises NotFound."""
    reviews.detector(model)
    after = comparisons.last_retrained(model)
    if after is None:
        raise NotFound(gettext("The model has not learned from corrections yet."))
    comparisons.compare(after)
    return go("console_correct.compare", model=model)


def _lead_on(model: str, leaving: str | None, **done: Any) -> BaseResponse:
    """To the next image, else to the queue; `done` says there what was done last."""
    following = reviews.next_image(model, reviewer(), after=leaving)
    if following:
        return lead(url_for("console_correct.image", model=model, image=following, **done))
    return lead(url_for("console_correct.queue", model=model, **({"done": "none"} | done)))


def _hold(model: str, image: str) -> str | None:
    """Hold the image for the visitor; gives what the other goes by who has it, None if it is theirs."""
    me = reviewer()
    holder = services().jobs.hold_review(model, image, me, lease_s=reviews.HOLD_S)
    return None if holder == me else name_of(holder) or gettext("Somebody else")


def _require_held(model: str, image: str) -> None:
    reviews.detector(model)
    holder = _hold(model, image)
    if holder:
        raise Conflict(gettext("%(name)s has this image now. Go on with the next one.") % {"name": holder})


def _newest(model: str, image: str) -> tuple[Correction | None, Standing | None]:
    """The correction of an image that counts, and where it stands."""
    s = services()
    newest = s.jobs.newest_correction(model, image)
    try:
        return s.corrections.get(newest) if newest else (None, None)
    except NotFound:
        return None, None


def _last() -> dict[str, Any]:
    """What the visitor did before they were led here: `done`, with the image and correction to undo it by."""
    return {name: request.args.get(name, "")[:64] for name in ("done", "last", "correction")}
