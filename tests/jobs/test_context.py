import inspect

import pytest

from jobs.context import JobContext
from jobs.memory_context import MemoryContext
from workers.job_context import WorkerContext


@pytest.mark.parametrize("implementation", [MemoryContext, WorkerContext])
def test_every_implementation_has_the_protocols_signatures(implementation: type) -> None:
    for name, member in inspect.getmembers(JobContext, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(implementation, name)).parameters.keys() == inspect.signature(member).parameters.keys(), name
