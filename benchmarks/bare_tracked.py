"""The bare Celery of a system that tracks its runs: the same, with MLflow's client imported."""

import mlflow

from benchmarks.bare import app

__all__ = ["app", "mlflow"]
