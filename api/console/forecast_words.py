"""What methods, columns, data sets and periods are called on the pages of forecasts, in the language of the page."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from api.console.language import gettext, language, marked

METHODS = {
    "ensemble": (marked("Mean of several methods"), marked("what several methods say, averaged")),
    "xgboost": (marked("Decision trees"), marked("learn from all articles together: season, trend, prices, holidays")),
    "xgboost_relative": (marked("Decision trees, by level"),
                         marked("learn from all articles together, each measured by its own size")),
    "prophet": (marked("Prophet, on the total"), marked("trend and season of the whole company, split by each article's share")),
    "prophet_items": (marked("Prophet, article by article"), marked("trend and season of each large steady article")),
    "theta": (marked("Moving statistical mean (Theta)"), marked("a smoothed mean with half of the trend")),
    "ets": (marked("Exponential smoothing"), marked("recent sales count more than old ones")),
    "imapa": (marked("Mean for rare sales (IMAPA)"), marked("how often and how much, for what sells now and then")),
    "seasonal_naive": (marked("The same as a season before"), marked("what was sold in the same period of the last season")),
}
TYPES = {
    "sales": (marked("Sales"), marked("what was sold: date, article, quantity")),
    "stock": (marked("Stock"), marked("what is there: article, units on hand; also on order, delivery days, supplier")),
    "future": (marked("Known in advance"), marked("promotions, prices or opening days to come: article, date, their columns")),
}
COLUMNS = {
    "date": marked("Date"), "item": marked("Article's code"), "quantity": marked("Quantity sold"),
    "item_name": marked("Article's name"), "unit_price": marked("Price of a unit"), "unit_cost": marked("Cost of a unit"),
    "category": marked("Category"),
    "on_hand": marked("Units on hand"), "on_order": marked("Units on order"), "lead_time_days": marked("Delivery time in days"),
    "service_level": marked("Service level"), "supplier": marked("Supplier"),
    "minimum_order_quantity": marked("Smallest order"), "pack_size": marked("Units in a pack"),
}
FREQUENCIES = {"day": marked("day"), "week": marked("week"), "month": marked("month"), "quarter": marked("quarter")}
PERIODS = {"day": marked("days"), "week": marked("weeks"), "month": marked("months"), "quarter": marked("quarters")}
FORMATS = {"month": "MMM y", "quarter": "QQQ y"}


def method(name: str) -> str:
    """What a method is called."""
    return gettext(METHODS[name][0]) if name in METHODS else name


def method_help(name: str) -> str:
    """What a method does, in a few words."""
    return gettext(METHODS[name][1]) if name in METHODS else ""


def type_label(type_: str) -> str:
    """What a type of data set is called."""
    return gettext(TYPES[type_][0]) if type_ in TYPES else type_


def type_help(type_: str) -> str:
    """What a type of data set holds."""
    return gettext(TYPES[type_][1])


def column(name: str) -> str:
    """What a canonical column is called."""
    return gettext(COLUMNS[name])


def frequency(name: str) -> str:
    """The length of a period: `month`."""
    return gettext(FREQUENCIES[name])


def periods(name: str) -> str:
    """Several periods of that length: `months`."""
    return gettext(PERIODS[name])


def period(start: str, frequency: str) -> str:
    """A period by its first day (ISO): `Mar 2002`, `3rd quarter`, a day as it is."""
    return str(format_date(date.fromisoformat(start), FORMATS.get(frequency, "medium"), locale=language()))


def span(first: str, last: str, frequency: str) -> str:
    """From a period to another, by a day of each (ISO): `March 2002 – May 2004`, days as they are."""
    def named(day: str) -> str:
        if frequency == "month":
            return str(format_skeleton("yMMMM", date.fromisoformat(day), locale=language()))
        return period(day, frequency)

    return f"{named(first)} – {named(last)}"


def moment(at: str, timezone: str) -> str:
    """A time (RFC 3339) by the clock of a place: `Nov 27, 2026, 11:50 AM`."""
    there = datetime.fromisoformat(at).astimezone(ZoneInfo(timezone))
    return f"{format_date(there, 'medium', locale=language())}, {format_time(there, 'short', locale=language())}"


def units(value: float) -> str:
    """A number of units, with as many digits as tell something."""
    digits = "#,##0" if abs(value) >= 100 else "#,##0.#" if abs(value) >= 10 else "#,##0.##"
    return str(format_decimal(value, format=digits, locale=language()))
