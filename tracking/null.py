"""Tracking that goes nowhere: MLflow is not installed, or tracking is off."""

from typing import Any

from tracking.names import Status
from tracking.spool import PATIENCE_S


class NullRun:
    """A RunLog that takes everything and keeps nothing."""

    def param(self, name: str, value: Any) -> None:
        """See RunLog."""

    def metric(self, name: str, value: float, step: int | None = None, *, at_ms: int | None = None) -> None:
        """See RunLog."""

    def tag(self, name: str, value: str) -> None:
        """See RunLog."""

    def artifact(self, path: str, *, key: str) -> None:
        """See RunLog."""

    def model(
        self, registered_name: str, *, flavor: str, key: str, file: str, noria_version: int, promote: bool,
        folder: str | None = None,
    ) -> None:
        """See RunLog."""

    def end(self, status: Status, *, at_ms: int | None = None) -> None:
        """See RunLog."""

    def close(self) -> None:
        """See RunLog."""

    def settle(self, patience_s: float = PATIENCE_S) -> bool:
        """See RunLog."""
        return True
