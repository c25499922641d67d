"""`make demo`: the whole stack on free ports; a forecast of real sales, and a detector that learns from five corrections."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from rich.console import Console

from api.client import Client, Document
from deploy.demo_report import Outcome, chart, metrics_table, picture, read_outcome
from deploy.demo_vision import learn_from_corrections
from deploy.demo_work import RESULTS, DemoFailed, upload, work
from deploy.environment import FLOWER_USER, ROOT, flower_password
from deploy.processes import interrupt_once, uninterrupted
from deploy.readiness import login, status_of
from deploy.rossmann import HORIZON_DAYS, REGRESSORS, Sales, fetch, split
from jobs.address import api_url
from jobs.errors import NoriaError
from jobs.settings import Settings, child_environment, load_settings

CACHE = ROOT / "var" / "cache"
TRACKING_PATIENCE_S = 30.0


@contextmanager
def running_stack(keep: bool) -> Iterator[Settings]:
    """A stack with a data folder and ports of its own, stopped and removed at the end, whatever happens."""
    home = Path(tempfile.mkdtemp(prefix="noria-demo-"))
    environment = child_environment(own_variables(home))
    stack = [sys.executable, "-m", "deploy.stack"]
    try:
        if subprocess.run([*stack, "up"], cwd=ROOT, env=environment, check=False).returncode:
            raise DemoFailed("The stack did not start; what it said stands above.")
        yield load_settings(environment)
    finally:
        with uninterrupted():
            subprocess.run([*stack, "down"], cwd=ROOT, env=environment, check=False)
        if keep:
            print(f"The data folder is kept: {home}")
        else:
            shutil.copytree(home / "logs", RESULTS / "logs", dirs_exist_ok=True)
            shutil.rmtree(home, ignore_errors=True)


def own_variables(home: Path) -> dict[str, str]:
    """Settings that disturb nothing: a folder of its own, free ports, and nothing from the caller's environment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(4)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        api, redis, mlflow, flower = (str(one.getsockname()[1]) for one in sockets)
    emptied = {name.upper(): "" for name in Settings.model_fields if name not in {"cpu_slots", "device", "log_level"}}
    chosen = {"NORIA_HOME": str(home), "API_PORT": api, "REDIS_PORT": redis, "MLFLOW_PORT": mlflow, "FLOWER_PORT": flower}
    return {**emptied, **chosen}


def forecast(client: Client, console: Console, data: Sales) -> tuple[Document, Outcome]:
    """Train on what is known, forecast the six weeks after, and join that with what was really sold."""
    console.rule("3  Upload", align="left")
    sales, future = upload(client, console, data.sales, "sales"), upload(client, console, data.future, "future")
    console.rule(f"4  Train: backtest and fit, {HORIZON_DAYS} days ahead", align="left")
    trained = work(client, console, "forecasting.train", {
        "dataset": sales["id"], "horizon": HORIZON_DAYS, "country": "DE", "regressors": list(REGRESSORS)})
    console.rule("5  Forecast the next six weeks", align="left")
    predicted = work(client, console, "forecasting.predict", {
        "model": trained["result"]["model"], "horizon": HORIZON_DAYS, "future": future["id"]})
    RESULTS.mkdir(parents=True, exist_ok=True)
    predictions = client.download(predicted["id"], "predictions.csv", RESULTS / "predictions.csv")
    return trained, read_outcome(predictions, data.held_out, data.history)


def report(console: Console, trained: Document, outcome: Outcome) -> None:
    """Print how good the forecasts are and draw them. Raises DemoFailed if some are missing."""
    console.rule("6  Results", align="left")
    result = trained["result"]
    expected = outcome.history["item"].n_unique() * HORIZON_DAYS
    if len(outcome.rows) != expected:
        raise DemoFailed(f"{len(outcome.rows)} of {expected} forecasts can be compared with what was really sold.")
    console.print(metrics_table(result["metrics"], result["chosen"]))
    console.print(chart(outcome), no_wrap=True, crop=True)
    console.print(f"The six weeks that the model had not seen: WAPE {outcome.wape():.1%}; on days that were open "
                  f"{outcome.inside(80):.0%} inside the 80 % interval, {outcome.inside(95):.0%} inside the 95 % interval.")
    store = outcome.store()
    image = RESULTS / f"store-{store}.png"
    picture(outcome, store, image)
    console.print(f"picture   {image}\nforecast  {RESULTS / 'predictions.csv'}", soft_wrap=True)


def links(client: Client, console: Console, settings: Settings, *job_ids: str) -> None:
    """Print the links to MLflow and Flower. Raises DemoFailed if a run did not reach MLflow or Flower does not answer."""
    console.rule("11  Where to look", align="left")
    deadline = time.monotonic() + TRACKING_PATIENCE_S
    runs = []
    for job_id in job_ids:
        with console.status("Waiting for the run to reach MLflow …"):
            while not (tracking := client.job(job_id)["tracking"]) or tracking["pending"]:
                if time.monotonic() > deadline:
                    raise DemoFailed(f"The run had not reached MLflow after {TRACKING_PATIENCE_S:.0f} s.")
                time.sleep(0.5)
        runs.append(tracking["ui_url"])
    flower = f"http://127.0.0.1:{settings.flower_port}"
    if status_of(flower, login(settings)) != 200:
        raise DemoFailed("Flower does not answer.")
    console.print("These two live as long as the stack; PAUSE=1 make demo leaves it up until you have looked:", style="dim")
    for run in runs:
        console.print(f"MLflow    {run}", soft_wrap=True)
    console.print(f"Flower    {flower}  (user {FLOWER_USER}, password {flower_password(settings)})", soft_wrap=True)


@click.command()
@click.option("--keep", envvar="KEEP", is_flag=True, help="Keep the demo's data folder. [env: KEEP]")
@click.option("--pause", envvar="PAUSE", is_flag=True, help="Leave the stack up until Enter, to look at the links. [env: PAUSE]")
def main(keep: bool, pause: bool) -> None:
    """Show all of Noria on real sales and real digits. Exits with 0 only if everything worked."""
    interrupt_once()
    console = Console(highlight=False)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="noria-demo-data-") as folder:
            console.rule("1  Real sales: 100 Rossmann stores, 2013 to 2015", align="left")
            with console.status("Fetching the sales …"):
                data = split(fetch(CACHE), Path(folder))
            console.print(f"  {len(data.history):,} days of sales to learn from; the last {HORIZON_DAYS} days are held out")
            console.rule("2  The stack: broker, MLflow, workers, API, Flower", align="left")
            with running_stack(keep) as settings:
                client = Client(api_url(settings))
                trained, outcome = forecast(client, console, data)
                report(console, trained, outcome)
                retrained = learn_from_corrections(client, console, Path(folder))
                links(client, console, settings, trained["id"], retrained["id"])
                if pause:
                    click.pause("Enter stops the stack …")
    except (NoriaError, OSError) as e:
        console.print(f"[bold red]The demo failed.[/] {e}", soft_wrap=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        console.print("Interrupted; everything is stopped.")
        sys.exit(130)
    took_s = time.monotonic() - started
    console.print(f"[bold green]All of it worked[/], in {took_s:.0f} s. Everything that was started is stopped.")


if __name__ == "__main__":
    main()
