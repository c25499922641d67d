"""The workers' app, which says every half second how it is and forgets at once: outages reach the screen within a test's patience."""

from tracking import server, shipper
from workers import observe
from workers.app import app

__all__ = ["app"]

observe.REPORT_EVERY_S, observe.REPORT_TTL_S = 0.5, 2.0
shipper.PROBE_EVERY_S = 0.5
server.FIRST_COOL_DOWN_S = server.LONGEST_COOL_DOWN_S = 0.5
