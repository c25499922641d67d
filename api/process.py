"""What each server process of the API starts with; the launcher (`api/serve.py`) names `load` as text.

Importing the application here, after the fork, lets prometheus-client see the folder that the launcher made for it.
"""

import threading

from flask import Flask

from api.app import create_app
from api.bodies import submission_adapter
from api.hotline import hotline
from api.logs import configure_logging
from api.metrics import forget_dead_processes
from api.metrics_folder import metrics_folder
from api.openapi import openapi_json
from api.services import EXTENSION, Services
from jobs.settings import load_settings


def load() -> Flask:
    """The application of this process, whose waiting clients are let go when the launcher hangs up."""
    settings = load_settings()
    configure_logging(settings.log_level)
    forget_dead_processes(metrics_folder(settings))  # this process may stand in for one that was killed
    app = create_app(settings)
    submission_adapter()  # made now, so that the first requests need not wait for them
    openapi_json()
    services: Services = app.extensions[EXTENSION]
    stop = threading.Event()
    services.keys.follow(services.jobs, stop)

    def let_go() -> None:
        stop.set()
        services.hub.stop()

    hotline().listen(let_go)
    return app
