"""The workers' app with short leases of callbacks, so that a test need not wait for a minute."""

import workers.callbacks
from workers.app import app

__all__ = ["app"]

workers.callbacks.LEASE_S = 1.5
