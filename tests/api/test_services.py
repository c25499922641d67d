"""What the routes work with."""

from api.services import services
from tests.api.conftest import Api


def test_each_application_has_services_of_its_own(make_api) -> None:
    one, other = make_api(), make_api(API_THREADS="100")

    with one.app.app_context():
        assert services().jobs is one.jobs
        assert services().hub.capacity == 440
    with other.app.app_context():
        assert services().jobs is other.jobs
        assert services().hub.capacity == 60


def test_nothing_runs_before_the_first_request_needs_it(api: Api) -> None:
    with api.app.app_context():
        assert services().hub.waiting == 0
        assert services().hub._thread is None
