"""How times, sizes, numbers and states are shown, in the language of the page; the templates' filters."""

import time
from typing import Any

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from api.console.language import gettext, language, marked
from api.console.sentences import said
from jobs.record import Job, rfc3339

MINUTE, HOUR, DAY = 60, 3600, 86_400
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
# State → what it is called, and a sign, so that colour is never alone; the last one is a queued job that ran before.
STATES = {
    "queued": (marked("queued"), "○"), "running": (marked("running"), "▶"), "succeeded": (marked("succeeded"), "✓"),
    "failed": (marked("failed"), "✕"), "canceled": (marked("canceled"), "■"), "retrying": (marked("retrying"), "↻"),
}
OUTCOMES = {
    "succeeded": marked("succeeded"), "failed": marked("failed"), "canceled": marked("canceled"),
    "retried": marked("to be retried"), "handed_back": marked("handed back"), "lost": marked("worker lost"),
}


def shown_state(state: str, attempt: int) -> str:
    """The state as it is shown: a queued job that ran before is `retrying`."""
    return "retrying" if state == "queued" and attempt else state


def state_label(state: str) -> str:
    """What a shown state is called."""
    return gettext(STATES[state][0])


def state_sign(state: str) -> str:
    """The sign of a shown state."""
    return STATES[state][1]


def outcome_label(outcome: str) -> str:
    """What an attempt's outcome is called."""
    return gettext(OUTCOMES[outcome])


def ago(epoch_ms: int) -> str:
    """How long ago a time is: `3 minutes ago`."""
    passed_s = min(-1, round(epoch_ms / 1000 - time.time()))
    return str(format_timedelta(passed_s, add_direction=True, format="short", locale=language()))


def moment(epoch_ms: int) -> str:
    """A time in full, in UTC."""
    return f"{format_datetime(epoch_ms / 1000, 'medium', locale=language())} UTC"


def iso(epoch_ms: int) -> str:
    """A time as RFC 3339."""
    return rfc3339(epoch_ms) or ""


def seconds(duration_s: float) -> str:
    """A duration by its two largest units: `2 h 5 min`, `1 min 4 s`, `0.3 s`."""
    whole = round(duration_s)
    if duration_s < 10:
        return f"{number(round(duration_s, 1))} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def took(job: Job) -> str:
    """How long a job's last run took, or has been taking; nothing before its first."""
    if job.started_at is None:
        return ""
    end = job.finished_at or time.time() * 1000
    return seconds(max(0.0, end - job.started_at) / 1000)


def about(job: Job) -> str:
    """What tells a job from others of its kind: its question, and the company, model or data set that it names."""
    question = job.params.get("question")
    whose = next((job.params[name] for name in ("company", "model", "dataset") if job.params.get(name)), None)
    return " · ".join(shortened(str(text)) for text in (question, whose) if text)


def shortened(text: str, most: int = 80) -> str:
    """A text with so many characters at the most."""
    return text if len(text) <= most else f"{text[:most - 1].rstrip()}…"


def size(count: float) -> str:
    """A number of bytes in the largest unit that leaves one or more: `1.4 MiB`."""
    power = 0
    while count >= 1024 and power < len(UNITS) - 1:
        count, power = count / 1024, power + 1
    return f"{number(round(count, 1))} {UNITS[power]}"


def number(value: float) -> str:
    """A number with the language's signs; a fraction with six digits at the most."""
    return str(format_decimal(value, format="#,##0.######", locale=language()))


def percent(fraction: float) -> str:
    """A fraction as whole percent."""
    return str(format_percent(fraction, "#,##0%", locale=language()))


def rounded(value: float, digits: int = 3) -> str:
    """A number with so many digits behind the point."""
    return str(format_decimal(value, format=f"#,##0.{'0' * digits}", locale=language()))


def signed(value: float, digits: int = 3) -> str:
    """A difference, with its sign: `+0.012`; one that is shown as nothing has none."""
    shown = round(value, digits) + 0.0  # no minus before a zero
    return f"{'+' if shown > 0 else ''}{rounded(shown, digits)}"


def significant(value: float, digits: int = 4) -> str:
    """A number with so many significant digits at the most: `1,235`, `0.01235`."""
    return str(format_decimal(float(f"{value:.{digits}g}"), format="#,##0.########", locale=language()))


def share(fraction: float) -> str:
    """A fraction as percent with one digit behind the point: `12.3%`."""
    return str(format_percent(fraction, "#,##0.0%", locale=language()))


def code(text: str) -> Markup:
    """A sentence whose `words in backticks` are shown as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts))


def kind_of(value: Any) -> str:
    """What a JSON value is, for the generic view; `table`: a list of objects, `flag`: true or false."""
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list | tuple):
        return "table" if value and all(isinstance(row, dict) for row in value) else "list"
    if isinstance(value, bool):
        return "flag"
    if value is None:
        return "none"
    return "number" if isinstance(value, int | float) else "text"


FILTERS = {f.__name__: f for f in (shown_state, state_label, state_sign, outcome_label, ago, moment, iso, seconds, took, about,
                                   size, number, percent, rounded, signed, significant, share, code, kind_of, said)}
