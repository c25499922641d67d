"""Amounts, numbers and days as people of a country write them, in Spanish or English."""

from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.languages import get_official_languages
from babel.numbers import format_currency, format_decimal

from jobs.forecasting.ask_kinds import Language
from jobs.forecasting.question_calendar import Span

WHOLE_FROM = 10
CENTS_BELOW = 1000
# The numbers of a result by their names: money, and units that are there or ordered, which are no estimates.
MONEY = frozenset({"revenue", "lost", "unit_cost", "investment", "investment_total", "investment_left_out", "budget"})
EXACT = frozenset({"quantity", "on_hand", "on_order", "quantity_total"})


@dataclass(frozen=True)
class Speech:
    """How a language writes things in a country; currency is an ISO 4217 code, None where it is not known."""

    language: Language
    locale: Locale
    currency: str | None

    @classmethod
    def of(cls, language: Language, country: str | None, currency: str | None) -> "Speech":
        """The language as that country writes it, where it is a language of that country, else as it is written in general."""
        spoken = get_official_languages(country or "", regional=True, de_facto=True)
        try:
            locale = Locale.parse(f"{language}_{country}" if language in spoken else language)
        except UnknownLocaleError:
            locale = Locale(language)
        return cls(language, locale, currency)

    def money(self, amount: float) -> str:
        """`$ 5.000.000`; cents only where they matter, and no sign where the currency is not known."""
        if self.currency is None:
            return self.exact(amount if abs(amount) < CENTS_BELOW else round(amount))
        pattern = self.locale.currency_formats["standard"].pattern
        if abs(amount) >= CENTS_BELOW:
            amount, pattern = round(amount), pattern.replace(".00", "")
        return str(format_currency(amount, self.currency, format=pattern, locale=self.locale, currency_digits=False))

    def shown(self, name: str, value: float) -> str:
        """A number of a result as it is said, by its name there."""
        return self.money(value) if name in MONEY else self.exact(value) if name in EXACT else self.number(value)

    def exact(self, value: float) -> str:
        """Units that are known, to a hundredth."""
        return str(format_decimal(round(value, 2), locale=self.locale))

    def number(self, value: float) -> str:
        """Units, as `rounded`."""
        return str(format_decimal(self.rounded(value), locale=self.locale))

    def rounded(self, value: float) -> float:
        """Units as they are said: whole from ten on, else with at most one decimal; of the hundredths that a result has."""
        value = round(value, 2)
        return round(value) if abs(value) >= WHOLE_FROM else round(value, 1)

    def percent(self, value: float) -> str:
        """`12 %`, without a sign."""
        return f"{self.number(abs(value))} %" if self.language == "es" else f"{self.number(abs(value))}%"

    def day(self, day: date) -> str:
        """`1 de diciembre de 2026`, `December 1, 2026`."""
        return str(format_date(day, format="long", locale=self.locale))

    def span(self, span: Span) -> str:
        """`diciembre de 2026` for a whole month, `2026` for a whole year, a single day, else `1 a 15 de diciembre de 2026`."""
        if span.start == span.end:
            return self.day(span.start)
        if span.start.day == 1 and (span.end + timedelta(days=1)).day == 1:
            if (span.start.year, span.start.month) == (span.end.year, span.end.month):
                return str(format_skeleton("yMMMM", span.start, locale=self.locale))
            if (span.start.month, span.end.month, span.start.year) == (1, 12, span.end.year):
                return str(span.start.year)
        return str(format_interval(span.start, span.end, "yMMMMd", locale=self.locale))

    def from_to(self, span: Span) -> str:
        """`del 27 de noviembre al 31 de diciembre de 2026`, `from November 27 to December 31, 2026`."""
        first = self.day(span.start)
        if span.start.year == span.end.year:
            first = str(format_skeleton("MMMMd", span.start, locale=self.locale))
        if self.language == "es":
            return f"del {first} al {self.day(span.end)}"
        return f"from {first} to {self.day(span.end)}"

    def listed(self, names: list[str]) -> str:
        """`a, b y c`, at most five of them."""
        shown = names[:5]
        if len(names) > len(shown):
            more = len(names) - len(shown)
            shown = [*shown, f"{more} más" if self.language == "es" else f"{more} more"]
        joint = " y " if self.language == "es" else " and "
        return joint.join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
