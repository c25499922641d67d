"""The kinds behind the old forecasting addresses that the catalog does not have, by the HTTP contract's table of kinds.

Once the catalog has a kind of that name, it takes the place of the one here.
"""

from typing import Any

from pydantic import Field

from jobs.forecasting import kinds
from jobs.kind import JobKind, Params, Result


class RecommendParams(Params):
    model: str
    months: float = Field(1, gt=0, le=24)
    service_level: float = Field(0.95, gt=0, lt=1)
    language: str = "en"


class AskParams(Params):
    question: str = Field(min_length=1, max_length=1000)
    company: str | None = Field(None, json_schema_extra={"refers_to": "company"})


class Answer(Result):
    data: dict[str, Any]


PROMISED = (
    JobKind(name="forecasting.recommend", summary="What to buy.", params=RecommendParams, result=Answer, run="tests.kinds:noop",
            queue="cpu.fast", time_limit_s=60),
    JobKind(name="forecasting.ask", summary="Answer a question.", params=AskParams, result=Answer, run="tests.kinds:noop",
            queue="cpu.fast", time_limit_s=60),
)
KINDS = tuple(kind for kind in PROMISED if kind.name not in {known.name for known in kinds.KINDS})
