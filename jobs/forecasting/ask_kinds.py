"""The schemas of `forecasting.ask`."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs.kind import Params, Result

Intent = Literal[
    "purchase_list", "demand", "top_sellers", "worst_sellers", "compare_periods", "investment_total", "stockout_risk", "unknown"]
Language = Literal["es", "en"]
QUESTION_MAX = 1000


class AskParams(Params):
    """A question in plain words, and whose sales it is about."""

    question: str = Field(min_length=1, max_length=QUESTION_MAX, description="The question, in Spanish or English.")
    company: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="Id of a company: its sales and its model `empresa_<nit>` answer. Give this or `model`, not both.",
        json_schema_extra={"refers_to": "company"})
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = Field(
        None, description="Name of a model: it and the sales that it learned from answer.")
    stock: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="Id of a stock data set, for what to buy and what runs out; default: the company's last one.",
        json_schema_extra={"refers_to": "dataset:stock"})
    language: Language | None = Field(None, description="Language of the answer; default: that of the question.")
    today: date | None = Field(None, description="The day that the question is asked on (ISO); default: now, in the company's "
                                                 "time "
                               "zone (UTC without a company).")

    @model_validator(mode="after")
    def _one_source(self) -> "AskParams":
        if (self.company is None) == (self.model is None):
            raise ValueError("give either `company` or `model`: exactly one of the two says whose sales the question is about")
        return self


class Understood(BaseModel):
    """What was read out of the question; null where it was not said. Dates are inclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: date | None = Field(
        default=None, description="First day of the period asked for, the one named first in a comparison.")
    end: date | None = Field(default=None, description="Its last day, even when not over.")
    compare_start: date | None = Field(default=None, description="First day of the other period of a comparison.")
    compare_end: date | None = Field(default=None, description="Its last day.")
    items: tuple[str, ...] = Field(
        default=(), description="Codes of the articles asked for; a category stands for all of its articles, and those left out "
                               "are not among them.")
    excluded: tuple[str, ...] = Field(default=(), description="Codes of the articles that the question leaves out.")
    budget: float | None = Field(default=None, description="Money that may be spent.")
    limit: int | None = Field(default=None, description="How many articles are asked for.")
    language: Language = Field(description="Language of the question.")


class CandidateItem(BaseModel):
    """An article that may have been meant."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    asked: str = Field(description="The words of the question.")
    item: str = Field(description="Code of the article.")
    item_name: str | None = Field(description="Its name, where the sales have one.")
    score: float = Field(description="How well it fits, of 100.")


class AskResult(Result):
    """The answer, and what was understood of the question."""

    intent: Intent = Field(description="What was asked for; `unknown` if it is none of what can be answered.")
    understood: Understood = Field(description="What was read out of the question.")
    explanation: str = Field(description="The answer in plain words, in the question's language, with what was understood.")
    data: dict[str, Any] = Field(description="The numbers behind the answer; empty where there are none.")
    candidates: tuple[CandidateItem, ...] = Field(
        max_length=5, description="Articles to choose from, where the question names one that is not sure.")
