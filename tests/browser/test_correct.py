"""The annotator's pages in a browser: images brought, boxes put right by keyboard and mouse, the queue shared, the retrain watched."""

import json
import random
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Page, expect

from jobs.settings import load_settings
from jobs.vision.steps import STEPS
from storage.corrections import BoxIn, CorrectionIn, Corrections
from storage.images import Images
from storage.job_store import End
from storage.models import Models
from storage.objects import open_store
from tests.api.models import put_version
from tests.browser.conftest import DESKTOP, LONG_MS, PHONE, Console, open_page, picture, picture_for_readme, violations
from tests.services import wait_until
from tests.storage.pictures import picture as photo

MODEL = "blood"
CLASSES = ["RBC", "WBC", "Platelets"]
WIDTH, HEIGHT = 640, 480


class Studio:
    """A detector with images that it has looked at, written to the stores as a finished job leaves them."""

    def __init__(self, console: Console, images: int = 4, *, look: bool = True) -> None:
        self.console, self.jobs = console, console.jobs
        self.objects = open_store((console.home / "objects").as_uri())
        settings = load_settings({"NORIA_HOME": str(console.home)})
        self.store = Images(self.objects, console.jobs, settings)
        self.kept = Corrections(self.objects, console.jobs, Models(self.objects, console.jobs), self.store, settings)
        put_version(self.objects, console.jobs, MODEL, domain="vision", classes=CLASSES)
        console.worker("gpu@here", "gpu", "gpu.fast")
        self.images = [self.store.receive(photo(seed, (WIDTH, HEIGHT)))[0].id for seed in range(images)]
        self.jobs.put_reviews(MODEL, dict.fromkeys(self.images))
        if look:
            self.look()

    @property
    def url(self) -> str:
        return f"{self.console.url}/correct/{MODEL}"

    def image_url(self, n: int = 0) -> str:
        return f"{self.url}/images/{self.images[n]}"

    def look(self, version: int = 1, **labels: str) -> None:
        """Let a prediction of all images be done: the n-th has a box of which the model is 30, 40, … % sure."""
        self.looked([{"image": image, "width": WIDTH, "height": HEIGHT, "boxes": [
            {"label": "RBC", "confidence": 0.9312, "x1": 100.25, "y1": 120.5, "x2": 220.0, "y2": 260.75},
            {"label": "WBC", "confidence": round(0.3 + 0.1 * n, 4), "x1": 300.0, "y1": 150.0, "x2": 460.0, "y2": 330.0}]}
            for n, image in enumerate(self.images)], version, **labels)

    def looked(self, found: list[dict[str, Any]], version: int = 1, **labels: str) -> None:
        """Let a prediction of all images be done that found this."""
        result = {"model": MODEL, "version": version, "runtime": "torch cpu", "predictions": found}
        params = {"images": self.images, "model": MODEL, "version": version, "confidence": 0.25, "iou": 0.7}
        job = self.console.submit("vision.predict", "gpu.fast", params, **(labels or {"review": MODEL}))
        self.jobs.begin_look(MODEL, job)
        self.jobs.move(job, self.console.start(job).fence, End("succeeded", result=result))

    def correct(self, numbers: range) -> str:
        """Correct these images as clients of the contract do; the retrain that the last one started."""
        boxes = [BoxIn(label="RBC", x1=102, y1=121, x2=222, y2=262), BoxIn(label="Platelets", x1=20, y1=30, x2=60, y2=80)]
        for n in numbers:
            given = CorrectionIn(image=self.images[n], model=MODEL, boxes=boxes, prediction=None, author="", new_label=False)
            _, added = self.kept.add(given, by="local")
        assert added.retrain_job
        return added.retrain_job

    def corrections(self, page: Page) -> list[dict[str, Any]]:
        """What the contract says of the corrections, oldest first."""
        found: list[dict[str, Any]] = page.request.get(f"{self.console.url}/v1/corrections?model={MODEL}").json()["corrections"]
        return found[::-1]


def smear() -> tuple[bytes, list[dict[str, Any]]]:
    """A drawn blood smear and its boxes, with confidences that fall from one to the next."""
    chance = random.Random(4)
    image = Image.new("RGB", (WIDTH, HEIGHT), (222, 214, 205))
    brush, boxes = ImageDraw.Draw(image), []

    def cell(label: str, x: float, y: float, radius: float, *layers: tuple[float, tuple[int, int, int]]) -> None:
        wide, high = radius * chance.uniform(0.9, 1.1), radius * chance.uniform(0.9, 1.1)
        for share, colour in layers:
            brush.ellipse((x - wide * share, y - high * share, x + wide * share, y + high * share), fill=colour)
        boxes.append({"label": label, "confidence": round(0.97 - 0.04 * len(boxes), 4), "x1": round(max(0, x - wide)), "y1": round(max(0, y - high)),
                      "x2": round(min(WIDTH, x + wide)), "y2": round(min(HEIGHT, y + high))})

    red = [(1.0, (196, 142, 132)), (0.86, (205, 152, 141)), (0.42, (216, 180, 170))]
    for x, y in [(70, 70), (215, 60), (360, 80), (520, 70), (110, 210), (560, 200), (80, 380), (220, 420), (560, 350), (430, 430)]:
        cell("RBC", x + chance.uniform(-12, 12), y + chance.uniform(-12, 12), chance.uniform(44, 56), *red)
    cell("WBC", 320, 240, 88, (1.0, (196, 186, 214)), (0.66, (112, 84, 168)), (0.3, (96, 68, 150)))
    for x, y in [(450, 300), (170, 310), (455, 180)]:
        cell("Platelets", x, y, 15, (1.0, (150, 120, 184)))
    content = BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.6)).save(content, "JPEG", quality=92)
    return content.getvalue(), boxes


def ready(page: Page) -> None:
    page.wait_for_selector("#boxes[data-ready]")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def drawn(page: Page) -> list[dict[str, Any]]:
    """The boxes as the form would send them."""
    boxes: list[dict[str, Any]] = json.loads(page.locator("#save input[name=boxes]").input_value())
    return boxes


def on_image(page: Page, image: str) -> None:
    page.wait_for_url(re.compile(f"/images/{image}"))
    ready(page)


def corners(box: dict[str, Any]) -> tuple[float, ...]:
    return box["x1"], box["y1"], box["x2"], box["y2"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_page_is_clean_for_axe_and_fits_the_screen(console: Console, new_page: Callable[..., Page], theme: str) -> None:
    studio, found = Studio(console, 7), []
    retrained(studio)
    for width, viewport, image in (("desktop", DESKTOP, 6), ("phone", PHONE, 5)):  # who has one keeps it from the other
        page = new_page(viewport=viewport, color_scheme=theme, traced=False)
        for name, path in {"queue": studio.url, "image": f"{studio.image_url(image)}?done=skipped&last={studio.images[0]}",
                           "compare": f"{studio.url}/compare"}.items():
            open_page(page, path)
            if name == "image":
                ready(page)
                press(page, "n", "n")
            picture(page, f"correct-{name}-{theme}-{width}")
            found += [f"{name} {width}: {violation}" for violation in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} {width}: wider than the screen")
        open_page(page, studio.image_url(image))
        ready(page)
        press(page, "?")
        picture(page, f"correct-keys-{theme}-{width}")
        found += [f"keys {width}: {violation}" for violation in violations(page)]
        page.context.close()

    assert found == []


def retrained(studio: Studio) -> None:
    """Five corrections and the retrain that learned from them, both versions' looks at these images, and the next retrain under way."""
    job = studio.correct(range(5))
    running = studio.jobs.acquire(job, worker="gpu@here", lease_s=600)
    assert running
    ids = studio.jobs.claimed_corrections(job)
    steps = [{"step": n, "name": name, "seconds": 1.5 * n} for n, name in enumerate(STEPS, 1)]
    put_version(studio.objects, studio.jobs, MODEL, domain="vision", classes=CLASSES, job_id=job, decision="promoted",
                reason="mAP50 on old and new images rose from 0.41 to 0.57.",
                retraining={"previous": 1, "corrections": list(ids), "held_out": list(ids[:1]), "snapshot": "f" * 64, "experiment_id": "1"})
    studio.jobs.move(job, running.fence, End("succeeded", result={"model": MODEL, "version": 2, "steps": steps}))
    for version in (1, 2):
        studio.look(version, compare=f"{MODEL} v2")
    again = studio.correct(range(5))
    running = studio.jobs.acquire(again, worker="gpu@here", lease_s=600)
    assert running
    studio.jobs.publish(again, running.fence, [
        *(("log", {"message": f"Step {n} of 12 is done.", "level": "info", "step": n, "step_name": STEPS[n - 1], "seconds": 0.8 * n}) for n in range(1, 6)),
        ("progress", {"fraction": 0.42, "stage": f"6 {STEPS[5]}", "message": "epoch 4 of 10"})])


def test_a_pile_of_images_is_corrected_by_keyboard_alone_those_first_of_which_the_model_is_least_sure(console: Console, page: Page) -> None:
    studio = Studio(console, 6)
    open_page(page, studio.url)
    page.locator("#start").focus()
    press(page, "Enter")

    on_image(page, studio.images[0])
    press(page, "Enter")  # accept
    on_image(page, studio.images[1])
    press(page, "n", *["ArrowRight"] * 3, "Control+ArrowDown", "Shift+ArrowLeft", "Control+Shift+ArrowUp", "Enter")  # move and resize the first
    on_image(page, studio.images[2])
    press(page, "n", "n", "3", "Enter")  # relabel the second
    on_image(page, studio.images[3])
    press(page, "p", "Delete", "a", "2", "Enter")  # delete the last, add one
    on_image(page, studio.images[4])
    press(page, "0", "Enter")  # nothing is here
    on_image(page, studio.images[5])
    press(page, "s")  # skip
    page.wait_for_url(re.compile(r"/correct/blood\?done=skipped"))

    rbc, wbc = (100.25, 120.5, 220.0, 260.75), (300.0, 150.0, 460.0, 330.0)
    said = studio.corrections(page)
    assert [[(b["label"], corners(b)) for b in correction["boxes"]] for correction in said] == [
        [("RBC", rbc), ("WBC", wbc)],
        [("RBC", (118, 122, 232, 261)), ("WBC", wbc)],
        [("RBC", rbc), ("Platelets", wbc)],
        [("RBC", rbc), ("WBC", (240, 180, 400, 300))],
        []]
    assert [len(said[n]["changes"][change]) for n, change in enumerate(["confirmed", "moved", "relabelled", "added", "removed"])] == [2, 1, 1, 1, 2]
    assert {correction["prediction"] for correction in said} == {console.jobs.page(kind="vision.predict").jobs[0].id}
    expect(page.get_by_role("link", name="Skipped 1")).to_be_visible()
    expect(page.get_by_role("link", name="Corrected 5")).to_be_visible()


def test_among_many_cells_each_box_stands_where_the_cell_lies(console: Console, page: Page) -> None:
    studio = Studio(console, 3, look=False)
    content, boxes = smear()
    studio.images = [studio.store.receive(content)[0].id]
    console.jobs.put_reviews(MODEL, dict.fromkeys(studio.images))
    studio.looked([{"image": studio.images[0], "width": WIDTH, "height": HEIGHT, "boxes": boxes}])
    open_page(page, studio.image_url())
    ready(page)

    press(page, "n", "n")

    assert [(box["label"], corners(box)) for box in drawn(page)] == [(box["label"], corners(box)) for box in boxes]
    expect(page.locator("#list option")).to_have_count(len(boxes))
    picture_for_readme(page, "box-editor")


@pytest.mark.parametrize("locale", ["en-US", "es-CO"])
def test_image_and_tools_fit_a_small_laptop(console: Console, new_page: Callable[..., Page], locale: str) -> None:
    studio, page = Studio(console, 2), new_page(viewport={"width": 1280, "height": 800}, locale=locale)
    open_page(page, studio.image_url())
    ready(page)

    for part in ("#boxes", "#save button", "#skip button", "#next button", "[data-act=help]"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    picture(page, f"correct-laptop-{locale[:2]}")


def test_of_more_classes_than_colours_no_two_look_alike(console: Console, page: Page) -> None:
    studio, classes = Studio(console, 1), [f"kind {n}" for n in range(20)]
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=classes)
    boxes = [{"label": label, "confidence": 0.5, "x1": 10 + 30 * n, "y1": 10, "x2": 35 + 30 * n, "y2": 400} for n, label in enumerate(classes)]
    studio.looked([{"image": studio.images[0], "width": WIDTH, "height": HEIGHT, "boxes": boxes}])
    open_page(page, studio.image_url())
    ready(page)

    looks = page.locator("#boxes .line").evaluate_all("all => all.map(line => { const s = getComputedStyle(line); return s.stroke + s.strokeDasharray; })")
    buttons = page.locator("#classes button").evaluate_all("all => all.map(b => { const s = getComputedStyle(b); return s.borderLeftColor + s.borderLeftStyle; })")

    assert [len(set(looks)), len(set(buttons))] == [20, 20]
    picture(page, "correct-classes")


def test_an_image_without_boxes_is_saved_only_when_somebody_says_that_nothing_is_there(console: Console, page: Page) -> None:
    studio = Studio(console, 1, look=False)
    open_page(page, studio.image_url())
    ready(page)

    press(page, "Enter")
    expect(page.locator("#spoken")).to_have_text("No boxes. Press 0 if nothing is here, then Enter.")
    press(page, "a", "Delete", "Enter")
    expect(page.locator("#spoken")).to_contain_text("No boxes.")
    press(page, "0")
    expect(page.locator("#spoken")).to_have_text("Nothing is here: Enter saves that.")
    press(page, "Enter")
    page.wait_for_url(re.compile("done=saved"))

    assert [correction["boxes"] for correction in studio.corrections(page)] == [[]]


def test_where_classes_are_digits_the_key_means_the_class_that_is_called_so(console: Console, page: Page) -> None:
    studio = Studio(console, 1)
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=[str(n) for n in range(10)])
    studio.looked([{"image": studio.images[0], "width": WIDTH, "height": HEIGHT, "boxes": [
        {"label": "7", "confidence": 0.9, "x1": 100.0, "y1": 120.0, "x2": 220.0, "y2": 260.0}]}])
    open_page(page, studio.image_url())
    ready(page)

    press(page, "n")
    for key in ("4", "0", "9"):
        press(page, key)
        assert [box["label"] for box in drawn(page)] == [key]
    assert page.locator("#classes button").all_text_contents() == [f"{n} {n}" for n in range(10)]
    press(page, "Delete", "Enter")
    expect(page.locator("#spoken")).to_have_text("No boxes. Press x if nothing is here, then Enter.")
    expect(page.get_by_role("button", name="Nothing here")).to_contain_text("x")
    press(page, "x")
    expect(page.locator("#spoken")).to_have_text("Nothing is here: Enter saves that.")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("0 … 9")


def test_a_digit_gives_the_class_at_its_place_where_none_is_called_so(console: Console, page: Page) -> None:
    studio = Studio(console, 1)
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=["RBC", "1", "WBC"])
    open_page(page, studio.image_url())
    ready(page)

    assert page.locator("#classes button").all_text_contents() == ["RBC", "1 1", "WBC 3"]
    press(page, "n", "1")
    assert [box["label"] for box in drawn(page)] == ["1", "WBC"]
    press(page, "3")
    assert [box["label"] for box in drawn(page)] == ["WBC", "WBC"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_new_class_is_seen_however_long_its_name_and_however_many_there_are(
        console: Console, new_page: Callable[..., Page], viewport: dict[str, int]) -> None:
    studio, page, name = Studio(console, 1), new_page(viewport=viewport), "w" * 100
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=[f"a kind of cell {n}" for n in range(20)])
    open_page(page, studio.image_url())
    ready(page)
    press(page, "n")

    page.locator("#new-class").fill(name + "w")
    page.get_by_role("button", name="Add class").click()
    expect(page.locator("#spoken")).to_have_text("The name of a class has at most 100 characters.")
    page.locator("#new-class").fill(name)
    page.get_by_role("button", name="Add class").click()

    added = page.locator("#classes button", has_text=name)
    shown = added.evaluate("button => button.parentElement.getBoundingClientRect().bottom - button.getBoundingClientRect().top")
    assert (drawn(page)[0]["label"], shown > 40) == (name, True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for button in page.locator(".tools button").all():
        assert button.evaluate("button => button.getBoundingClientRect().right") <= viewport["width"]
    picture(page, f"correct-long-class-{viewport['width']}")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one pixel of the image to another."""
    frame = page.locator("#boxes").bounding_box()
    assert frame
    points = [(frame["x"] + x / WIDTH * frame["width"], frame["y"] + y / HEIGHT * frame["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_boxes_are_drawn_moved_and_resized_with_the_mouse_to_the_pixel(console: Console, new_page: Callable[..., Page], viewport: dict[str, int]) -> None:
    studio, page = Studio(console, 1), new_page(viewport=viewport)
    open_page(page, studio.image_url())
    ready(page)

    drag(page, (500, 40), (600, 140))  # beside the others: a new one
    drag(page, (150, 200), (190, 180))  # inside the first: move it
    drag(page, (380, 240), (380, 240))  # a click chooses
    drag(page, (460, 330), (420, 300))  # its corner
    page.keyboard.down("Shift")
    drag(page, (320, 170), (360, 210))  # within another, with Shift
    page.keyboard.up("Shift")

    near = {"new": (500, 40, 600, 140), "moved": (140, 100, 260, 241), "resized": (300, 150, 420, 300), "inside": (320, 170, 360, 210)}
    boxes = [corners(box) for box in drawn(page)]
    for found, wanted in zip(boxes, [near["moved"], near["resized"], near["new"], near["inside"]], strict=True):
        assert found == pytest.approx(wanted, abs=2), boxes  # a phone's pixel is nearly two of the image's
    assert all(float(corner).is_integer() for box in boxes for corner in box)


def test_a_box_dragged_out_of_the_image_stays_inside_and_a_click_again_reaches_the_box_below(console: Console, page: Page) -> None:
    studio = Studio(console, 1)
    open_page(page, studio.image_url())
    ready(page)

    drag(page, (150, 200), (-300, 200))
    assert corners(drawn(page)[0])[0] == 0
    assert corners(drawn(page)[0])[2] == 120
    drag(page, (310, 160), (450, 320))  # inside the second: moves it out at the right and below
    press(page, "Escape", "a")  # one in the middle, over the second
    drag(page, (320, 240), (320, 240))
    drag(page, (320, 240), (320, 240))

    assert all(0 <= corner <= most for box in drawn(page) for corner, most in zip(corners(box), (WIDTH, HEIGHT) * 2, strict=True))


def test_undo_and_redo_go_back_and_forth_and_outlive_a_reload(console: Console, page: Page) -> None:
    studio = Studio(console, 1)
    open_page(page, studio.image_url())
    ready(page)
    before = drawn(page)

    press(page, "n", "Delete", "a", "3", "ArrowLeft")
    after = drawn(page)
    press(page, "Control+z", "Control+z", "Control+z", "Control+z")
    assert drawn(page) == before
    press(page, "Control+Shift+z", "Control+y", "Control+y")
    page.reload()
    ready(page)
    press(page, "Control+y")

    assert drawn(page) == after
    assert after[-1]["label"] == "Platelets"


@pytest.mark.parametrize("key", ["Control+z", "u"])
def test_undo_works_after_saving_too_with_what_was_drawn(console: Console, page: Page, key: str) -> None:
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    press(page, "n", "Delete", "Enter")
    on_image(page, studio.images[1])
    assert len(studio.corrections(page)) == 1

    press(page, key)
    on_image(page, studio.images[0])

    expect(page.get_by_text("This image is to review again.")).to_be_visible()
    assert studio.corrections(page) == []
    assert [box["label"] for box in drawn(page)] == ["WBC"]
    press(page, "Control+z")
    assert [box["label"] for box in drawn(page)] == ["RBC", "WBC"]


def test_undo_of_a_correction_that_a_retrain_has_claimed_says_so_and_the_next_save_counts(console: Console, page: Page) -> None:
    studio = Studio(console, 6)
    with pytest.raises(AssertionError):
        studio.correct(range(4))
    open_page(page, studio.image_url(4))
    ready(page)
    press(page, "Enter")
    page.wait_for_url(re.compile("done=saved"))
    running = console.jobs.page(kind="vision.retrain").jobs[0]
    console.jobs.acquire(running.id, worker="gpu@here", lease_s=600)
    ready(page)

    press(page, "u")

    on_image(page, studio.images[4])
    expect(page.get_by_text("A retrain has taken this correction already.")).to_be_visible()
    press(page, "n", "Delete", "Enter")
    page.wait_for_url(re.compile("done=saved"))
    assert [(c["state"], len(c["boxes"])) for c in studio.corrections(page)][-2:] == [("claimed", 2), ("pending", 1)]


def test_two_people_are_given_different_images_and_who_comes_second_is_told(console: Console, new_page: Callable[..., Page], expected_errors: list[str]) -> None:
    expected_errors.append("409")
    studio, ana, luis = Studio(console, 3), new_page(), new_page()
    for person in (ana, luis):
        open_page(person, studio.url)
        person.locator("#start").click()
        person.wait_for_url(re.compile("/images/"))
    assert {ana.url, luis.url} == {studio.image_url(0), studio.image_url(1)}

    open_page(luis, ana.url)
    expect(luis.get_by_text("Somebody else has this image now")).to_be_visible()
    expect(luis.locator("#save")).to_have_count(0)
    posted = luis.request.post(f"{ana.url}/save", form={"boxes": "[]"}, headers={"Origin": console.url, "HX-Request": "true"})
    assert posted.status == 409
    luis.get_by_role("button", name="Go on with the next one").click()
    on_image(luis, studio.images[1])


def test_a_second_tab_does_not_replace_what_the_first_saved_and_puts_its_own_boxes_back_on_a_click(console: Console, page: Page) -> None:
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    second = page.context.new_page()
    open_page(second, studio.image_url())
    ready(second)
    press(second, "a", "3")
    page.bring_to_front()
    press(page, "n", "Delete", "Enter")
    on_image(page, studio.images[1])

    second.bring_to_front()
    second.locator("#boxes").focus()
    press(second, "Enter")
    second.wait_for_url(re.compile("done=overtaken"))
    ready(second)

    expect(second.get_by_text("Your boxes are not saved")).to_be_visible()
    assert [box["label"] for box in drawn(second)] == ["WBC"]
    assert [[box["label"] for box in c["boxes"]] for c in studio.corrections(page)] == [["WBC"]]
    picture(second, "correct-overtaken")
    second.get_by_role("button", name="Put my boxes back").click()
    assert [box["label"] for box in drawn(second)] == ["RBC", "WBC", "Platelets"]
    press(second, "Enter")
    second.wait_for_url(re.compile("done=saved"))
    assert [len(c["boxes"]) for c in studio.corrections(page)] == [3]
    page.bring_to_front()
    page.locator("#boxes").focus()
    press(page, "u")  # of what was replaced
    page.wait_for_url(re.compile("done=replaced"))
    expect(page.get_by_text("nothing was undone")).to_be_visible()
    assert [len(c["boxes"]) for c in studio.corrections(page)] == [3]


def test_a_tab_that_has_drawn_nothing_follows_what_another_saved(console: Console, page: Page) -> None:
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    page.request.post(f"{console.url}/v1/corrections", data={"image": studio.images[0], "model": MODEL, "boxes": []})

    page.evaluate("noria.refresh()")

    expect(page.locator("#list option")).to_have_count(0)


def test_who_works_on_an_image_goes_on_holding_it(console: Console, page: Page, expected_errors: list[str]) -> None:
    expected_errors.append("htmx:error: timeout")  # of a request that is on its way while two minutes pass at once
    studio = Studio(console, 1)
    page.clock.install()
    open_page(page, studio.image_url())
    ready(page)
    name = f"noria:reviewer:{MODEL}:{studio.images[0]}"
    assert console.valkey.client.delete(name) == 1  # as if it had run out

    press(page, "n")
    page.clock.run_for(125_000)

    expect(page.locator("#boxes")).to_be_focused()
    wait_until(lambda: console.valkey.client.exists(name), what="the image being held again")


def test_images_are_brought_many_at_once_and_refused_ones_are_named_with_the_reason(
        console: Console, page: Page, tmp_path: Path, expected_errors: list[str]) -> None:
    expected_errors.append("422")
    studio = Studio(console, 0, look=False)
    files = []
    for n in range(11):
        files.append(tmp_path / f"photo {n}.jpg")
        files[-1].write_bytes(photo(100 + n, (80, 60)))
    for name in ("notes.jpg", "<img src=x onerror=alert(1)>.png"):
        files.append(tmp_path / name)
        files[-1].write_bytes(b"no image at all")
    open_page(page, studio.url)
    expect(page.get_by_text("Nothing to review yet")).to_be_visible()
    picture(page, "correct-empty")

    page.locator("#files").set_input_files(files)

    said = page.locator("#uploading")
    expect(said).to_contain_text("11 images are in. The model looks at them next. 2 were refused:", timeout=LONG_MS)
    expect(said.locator("li")).to_have_count(2)
    expect(said).to_contain_text("notes.jpg: ")
    expect(said).to_contain_text("<img src=x onerror=alert(1)>.png: ")
    expect(page.get_by_text("11 images wait for you")).to_be_visible()
    expect(page.get_by_text("The model looks at 11 images")).to_be_visible()
    picture(page, "correct-upload")
    (job,) = console.jobs.page(kind="vision.predict").jobs
    assert (len(job.params["images"]), job.params["model"], job.labels) == (11, MODEL, {"review": MODEL})

    files[0].write_bytes(photo(99, (80, 60)))
    page.locator("#files").set_input_files([*files[:3], files[-1]])
    expect(said).to_contain_text("1 image is in. The model looks at it next. 2 images were here already. 1 was refused:")
    page.locator("#files").set_input_files(files[0])
    expect(said).to_have_text("1 image was here already.")


def test_a_prediction_that_comes_later_appears_in_the_open_editor(console: Console, page: Page) -> None:
    studio = Studio(console, 2, look=False)
    open_page(page, studio.image_url())
    ready(page)
    expect(page.get_by_text("The model has not looked at this image yet")).to_be_visible()

    studio.look()

    expect(page.locator("#list option")).to_have_count(2)
    expect(page.locator("#list")).to_contain_text("RBC 93%")


def test_the_fifth_correction_starts_the_retrain_whose_steps_are_watched_to_its_end(console: Console, page: Page) -> None:
    studio = Studio(console, 6)
    with pytest.raises(AssertionError):
        studio.correct(range(4))
    open_page(page, studio.image_url(4))
    ready(page)
    expect(page.get_by_text("4 of 5")).to_be_visible()
    press(page, "Enter")
    on_image(page, studio.images[5])
    expect(page.locator("#live")).to_contain_text("one is under way")

    open_page(page, studio.url)
    job = console.jobs.page(kind="vision.retrain").jobs[0].id
    steps = page.get_by_role("list", name="Steps of the retrain")
    expect(page.locator("#live")).to_contain_text("queued")
    running = console.jobs.acquire(job, worker="gpu@here", lease_s=600)
    assert running
    for number in (1, 2, 6):
        console.jobs.publish(job, running.fence, [
            ("progress", {"fraction": number / 12, "stage": f"{number} {STEPS[number - 1]}", "message": None})])
        expect(steps.locator("[aria-current=step]")).to_have_text(STEPS[number - 1])
        console.jobs.publish(job, running.fence, [
            ("log", {"message": "done", "level": "info", "step": number, "step_name": STEPS[number - 1], "seconds": 2.5})])
    error = {"code": "not_found", "message": "Experiment 12 is not there.", "retryable": False, "step": "6 train"}
    console.jobs.move(job, running.fence, End("failed", error=error))

    expect(page.locator("#live")).to_contain_text("Experiment 12 is not there.")
    expect(page.locator("#live")).to_contain_text("5 of 5")
    expect(steps.locator("li.failed")).to_contain_text("train")


def test_before_and_after_are_asked_for_and_stand_side_by_side(console: Console, page: Page) -> None:
    studio = Studio(console, 5)
    job = studio.correct(range(5))
    running = console.jobs.acquire(job, worker="gpu@here", lease_s=600)
    assert running
    ids = list(console.jobs.claimed_corrections(job))
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=CLASSES, job_id=job, decision="rejected",
                reason="No better on old and new images.", promote=False,
                retraining={"previous": 1, "corrections": ids, "held_out": ids[:1]})
    console.jobs.move(job, running.fence, End("succeeded", result={}))
    open_page(page, studio.url)
    expect(page.get_by_text("No better on old and new images.")).to_be_visible()
    page.get_by_role("link", name="Before and after").click()
    page.get_by_role("button", name="Compare the two versions").click()
    expect(page.get_by_text("looks at the images")).to_have_count(2)

    for wanted in console.jobs.page(kind="vision.predict", label=("compare", f"{MODEL} v2")).jobs:
        moved = console.start(wanted.id)
        boxes = [{"label": "RBC", "confidence": 0.8, "x1": 102.0, "y1": 121.0, "x2": 222.0, "y2": 262.0}]
        found = [{"image": image, "width": WIDTH, "height": HEIGHT, "boxes": boxes if wanted.params["version"] == 2 else []}
                 for image in wanted.params["images"]]
        console.jobs.move(wanted.id, moved.fence, End("succeeded", result={
            "model": MODEL, "version": wanted.params["version"], "runtime": "torch cpu", "predictions": found}))

    expect(page.locator(".tiles .tile").first).to_have_text("0 → 5right")
    expect(page.locator(".shot svg")).to_have_count(10)
    expect(page.get_by_text("kept for testing")).to_have_count(1)


def test_what_others_have_written_is_text_here(console: Console, page: Page) -> None:
    studio = Studio(console, 1, look=False)
    evil = "<img src=x onerror=\"document.title='broken'\">'"
    put_version(studio.objects, console.jobs, MODEL, domain="vision", classes=[evil, "RBC"])
    open_page(page, studio.image_url())
    ready(page)
    press(page, "a")
    page.get_by_label("A class that the model does not know yet").fill(f"{evil} new")
    press(page, "Enter")
    expect(page.locator("#list")).to_contain_text(f"{evil} new")
    press(page, "Enter")
    page.wait_for_url(re.compile("done=saved"))

    open_page(page, f"{studio.image_url()}")
    ready(page)
    expect(page.locator("#boxes text")).to_have_text(f"{evil} new")
    assert page.title() != "broken"
    assert page.locator("#main img[src=x]").count() == 0


def test_without_the_broker_nothing_drawn_is_lost(console: Console, page: Page, expected_errors: list[str]) -> None:
    expected_errors += ["503", "Failed to load resource"]
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    press(page, "n", "Delete")
    console.valkey.freeze()
    try:
        with page.expect_response(re.compile("/save$"), timeout=LONG_MS):
            press(page, "Enter")
        expect(page.locator("#said")).to_contain_text("broker does not answer")
    finally:
        console.valkey.thaw()
    press(page, "Enter")
    on_image(page, studio.images[1])

    assert [len(correction["boxes"]) for correction in studio.corrections(page)] == [1]


def test_the_keys_are_listed_and_the_page_speaks_spanish(console: Console, new_page: Callable[..., Page]) -> None:
    studio, page = Studio(console, 1), new_page(locale="es-CO")
    open_page(page, studio.image_url())
    ready(page)
    picture(page, "correct-image-es")

    press(page, "?")

    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#boxes")).to_be_focused()
    expect(page.get_by_role("link", name="Corregir").first).to_be_visible()
