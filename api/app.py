"""The Flask application: routes, errors and services put together. Importing this connects to nothing.

There is no module-level application: `api.serve` looks first whether it may be reached without a key.
"""

from threading import BoundedSemaphore

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    company_routes,
    correction_routes,
    dataset_routes,
    docs_page,
    health,
    image_routes,
    job_routes,
    kind_routes,
    model_routes,
    problems,
    request_log,
)
from api.compat import forecasting_routes, old_shape, vision_routes
from api.console import pages
from api.headers import Protection
from api.services import EXTENSION, build_services
from api.spool import FOLDER, RECEIVING, SETTINGS, SpoolingRequest, spool_folder
from jobs.settings import Settings, load_settings
from storage.job_store import JobStore
from storage.object_store import ObjectStore
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore

MAX_JSON_BYTES = 8 << 20  # 100,000 item codes fit; uploads have a limit of their own
BROKER_TIMEOUT_S = 0.9  # a request asks twice, for its caller's rate and for what it wants, and is answered within two seconds
BLUEPRINTS = (job_routes, kind_routes, dataset_routes, image_routes, company_routes, model_routes, correction_routes, docs_page,
              health, forecasting_routes, vision_routes)


def create_app(settings: Settings | None = None, *, jobs: JobStore | None = None, objects: ObjectStore | None = None) -> Flask:
    """The application. What is not given is made from the settings; the broker is first spoken to by a request."""
    settings = settings or load_settings()
    app = Flask("noria", static_folder=None)
    app.request_class = SpoolingRequest
    app.url_map.merge_slashes = False  # an artifact's name is taken as it is; no redirect to another address
    app.config.update({"MAX_CONTENT_LENGTH": MAX_JSON_BYTES, "PROPAGATE_EXCEPTIONS": False, FOLDER: spool_folder(settings.home),
                       RECEIVING: BoundedSemaphore(settings.api_threads // 2), SETTINGS: settings})
    app.extensions[EXTENSION] = build_services(
        settings, RedisJobStore(settings.broker_url, timeout_s=BROKER_TIMEOUT_S) if jobs is None else jobs,
        open_store(settings.objects_url) if objects is None else objects)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]  # as Flask's docs have it
    app.wsgi_app = Protection(app.wsgi_app)  # type: ignore[method-assign]
    problems.register(app)
    request_log.register(app)
    old_shape.register(app)
    for module in BLUEPRINTS:
        app.register_blueprint(module.routes)
    pages.register(app)
    return app
