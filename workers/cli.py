"""Commands of the worker's side, found by the `noria` command through the entry point group `noria.commands`."""

import click

from jobs.settings import load_settings
from workers.cli_output import json_option, print_json, run_alone, wants_json
from workers.services import make_services


@click.command()
@json_option
def reindex(as_json: bool) -> None:
    """Rebuild what Redis knows from the object store: ended jobs and lists of documents. Running it again does no harm."""
    own = make_services(load_settings())
    counts = {
        "jobs": own.archive.restore(own.jobs),
        "datasets": own.datasets.reindex(),
        "images": own.images.reindex(),
        "companies": own.companies.reindex(),
        "models": own.models.reindex(),
        "corrections": own.corrections.reindex(),
    }
    if wants_json(as_json):
        print_json(counts)
    else:
        click.echo(f"Restored {counts['jobs']} jobs; listed {counts['datasets']} data sets, {counts['images']} images, "
                   f"{counts['companies']} companies, {counts['models']} models and {counts['corrections']} corrections.")
        click.echo("Jobs that were queued or running live in Redis alone; submit them again if they are gone.")


if __name__ == "__main__":
    run_alone(reindex)
