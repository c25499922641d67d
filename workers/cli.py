"""Commands of the worker's side, found by the `noria` command through the entry point group `noria.commands`."""

import click
import orjson

from jobs.settings import load_settings
from workers.services import make_services


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
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
    if as_json:
        click.echo(orjson.dumps(counts).decode())
    else:
        click.echo(f"Restored {counts['jobs']} jobs; listed {counts['datasets']} data sets, {counts['images']} images, "
                   f"{counts['companies']} companies, {counts['models']} models and {counts['corrections']} corrections.")
        click.echo("Jobs that were queued or running live in Redis alone; submit them again if they are gone.")


if __name__ == "__main__":
    reindex()
