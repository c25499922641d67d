"""Which role an address needs: `read` looks, `submit` starts work and brings what it works on, `admin` does the rest.

Whatever is not named here and is no look needs `admin`, so that a new address is closed until somebody decides.
"""

from storage.api_keys import ROLES, Role

LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
# What `submit` may do besides looking, by endpoint.
SUBMIT = frozenset({
    "jobs.submit", "jobs.cancel", "jobs.retry", "datasets.upload", "images.upload", "companies.put",
    "corrections.add", "corrections.delete",
    "console_jobs.cancel", "console_jobs.retry", "console_new.submit",
    "console_forecasts.create", "console_forecasts.upload", "console_forecasts.train", "console_forecasts.predict",
    "console_buy.recommend", "console_buy.export", "console_buy.question",
    "console_correct.upload", "console_correct.earlier", "console_correct.look", "console_correct.next_one",
    "console_correct.save", "console_correct.skip", "console_correct.reopen", "console_correct.start_comparison",
    "compat_vision.predict", "compat_vision.add_correction", "compat_vision.retrain",
    "compat_forecasting.train", "compat_forecasting.predict", "compat_forecasting.recommend", "compat_forecasting.ask",
})


def required_role(method: str, endpoint: str | None) -> Role:
    """The least role for a method at an endpoint; an address that is not there needs some key, so that nothing is said of it."""
    if method in LOOKS or endpoint is None:
        return "read"
    return "submit" if endpoint in SUBMIT else "admin"


def covers(role: Role, needed: Role) -> bool:
    """Whether a key with `role` may do what needs `needed`."""
    return ROLES.index(role) >= ROLES.index(needed)
