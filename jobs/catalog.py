"""Which kinds there are. A domain is a package with a `kinds.py`; its line in DOMAINS registers all of its kinds."""

import importlib
from functools import cache

from jobs.errors import NotFound
from jobs.kind import JobKind
from jobs.settings import load_settings

DOMAINS = (
    "jobs.forecasting.kinds",
    "jobs.vision.kinds",
)


@cache
def kinds() -> dict[str, JobKind]:
    """Every kind by name, in the order of registration; EXTRA_KINDS names further modules with a `KINDS`.

    Raises ValueError if two kinds share a name.
    """
    catalog: dict[str, JobKind] = {}
    for module in (*DOMAINS, *load_settings().extra_kinds):
        for kind in importlib.import_module(module).KINDS:
            if kind.name in catalog:
                raise ValueError(f"two kinds are named {kind.name!r}")
            catalog[kind.name] = kind
    return catalog


def find_kind(name: str) -> JobKind:
    """The kind called `name`. Raises NotFound, naming those there are."""
    try:
        return kinds()[name]
    except KeyError:
        raise NotFound(f"There is no kind {name!r}; there are {', '.join(kinds())}.") from None
