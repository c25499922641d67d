"""`python -m deploy.stack up|down|run|status|config`: the whole stack of one machine, under supervisor.

up: start it in the background and return when it is ready.  down: stop it and leave no process behind.  run: the same
in the foreground, to Ctrl-C.  A stack is known by its NORIA_HOME, so several may run side by side.
"""

import subprocess
import sys
import time

import click
from rich.console import Console
from rich.table import Table

from deploy import environment, processes
from deploy.control import Program, programs, tail
from deploy.readiness import Part, parts
from deploy.startup import StartFailed, locked, wait_until_ready
from jobs.address import api_url
from jobs.errors import NoriaError
from jobs.settings import Settings, child_environment, load_settings

STOP_TIMEOUT_S = 75.0
WATCH_EVERY_S = 1.0
FAILED, INTERRUPTED = 1, 130


class Stack:
    """The stack of these settings. Says what it does on `console`."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings, self.console = settings, console
        self.home = settings.home
        self.socket = environment.socket_path(self.home)

    def up(self) -> None:
        """Start what is not running and return when all of it is ready. Raises StartFailed, having stopped what it started."""
        with locked(self.home):
            found = processes.members(self.home)
            if found and processes.supervisor_of(found) is None:
                self.console.print("Ending what an earlier stack left behind …")
                processes.end(found)
                found = []
            if found and not self._missing():
                self.console.print("The stack is already up.")
                self._pin_experiment()
                return
            try:
                if not found:
                    self._start()
                wait_until_ready(parts(self.settings), self.programs, self.console)
            except BaseException:
                if not found:
                    self.stop()
                raise
            self._pin_experiment()

    def stop(self) -> bool:
        """Stop every process of the stack, whatever signal comes meanwhile; False if there was none."""
        with processes.uninterrupted():
            return self._stop()

    def _stop(self) -> bool:
        found = processes.members(self.home)
        supervisor = processes.supervisor_of(found)
        if supervisor:
            processes.stop_supervisor(supervisor, STOP_TIMEOUT_S)
        while left := processes.members(self.home):
            processes.end(left)
        self.socket.unlink(missing_ok=True)
        return bool(found)

    def programs(self) -> list[Program] | None:
        """What supervisor says of the programs that are wanted; None while it does not answer."""
        unwanted = {name for name, wanted in (
            ("broker", environment.starts_broker(self.settings)), ("mlflow", environment.starts_mlflow(self.settings)),
            ("flower", environment.starts_flower(self.settings))) if not wanted}
        found = programs(self.socket)
        return None if found is None else [p for p in found if p.name not in unwanted]

    def watch(self) -> None:
        """Say what supervisor restarts, until supervisor itself is gone."""
        known: dict[str, Program] = {}
        while (supervisor := processes.supervisor_of(processes.members(self.home))) and supervisor.is_running():
            for program in self.programs() or ():
                before = known.get(program.name)
                if before and (before.state, before.pid) != (program.state, program.pid):
                    self.console.print(f"{time.strftime('%H:%M:%S')}  {program.name}: {program.state.lower()}"
                                       + (f", process {program.pid}" if program.pid else ""))
                known[program.name] = program
            time.sleep(WATCH_EVERY_S)

    def print_urls(self) -> None:
        """Where everything is."""
        lines = {"API": api_url(self.settings), "docs": f"{api_url(self.settings)}/docs"}
        if self.settings.tracking_ui_url:
            lines["MLflow"] = self.settings.tracking_ui_url
        if environment.starts_flower(self.settings):
            own = bool(self.settings.flower_password.get_secret_value())
            kept = "that of FLOWER_PASSWORD" if own else f"in {environment.password_file(self.settings)}"
            login = f"user {environment.FLOWER_USER}, password {kept}"
            lines["Flower"] = f"http://127.0.0.1:{self.settings.flower_port}  ({login})"
        lines["logs"] = str(self.home / "logs")
        for name, where in lines.items():
            self.console.print(f"{name:<8}{where}", markup=False)

    def _start(self) -> None:
        environment.prepare_home(self.settings)
        if environment.starts_flower(self.settings):
            environment.flower_password(self.settings)
        for name, (host, port) in environment.ports(self.settings).items():
            if not processes.port_is_free(host, port):
                who = processes.listener(port)
                raise StartFailed(f"Port {port} ({name}) is taken{f' by {who}' if who else ''}. Stop that, or choose another: "
                                  f"{name}=<port> make up")
        self.socket.unlink(missing_ok=True)
        with (self.home / "logs" / "start.log").open("wb") as log:
            subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(environment.CONFIG)], cwd=environment.ROOT,
                env=environment.supervisor_environment(self.settings), start_new_session=True, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)

    def _pin_experiment(self) -> None:
        """Have an experiment for retrains, and say if it was made; a stack without one does all else."""
        if not environment.lacks_retrain_experiment(self.settings):
            return
        done = subprocess.run([sys.executable, "-m", "deploy.retrain_experiment"], cwd=environment.ROOT, capture_output=True,
                              env=child_environment({"NORIA_HOME": str(self.home)}), text=True, check=False)
        said = (done.stderr if done.returncode else done.stdout).strip().rpartition("\n")[2]
        self.console.print(said, markup=False, style="yellow" if done.returncode else None)

    def _missing(self) -> list[Part]:
        return [part for part in parts(self.settings) if part.missing()]


@click.group()
@click.pass_context
def cli(ctx: click.Context) -> None:
    """The whole stack of one machine."""
    ctx.obj = Stack(load_settings(), Console(highlight=False, soft_wrap=True))


@cli.command()
@click.pass_obj
def up(stack: Stack) -> None:
    """Start the stack in the background; returns when it is ready."""
    stack.up()
    stack.print_urls()


@cli.command()
@click.pass_obj
def down(stack: Stack) -> None:
    """Stop the stack; leaves no process behind."""
    with locked(stack.home):
        stack.console.print("The stack is down." if stack.stop() else "Nothing was running.")


@cli.command()
@click.pass_obj
def run(stack: Stack) -> None:
    """The stack in the foreground, to Ctrl-C."""
    try:
        stack.up()
        stack.print_urls()
        stack.console.print("Ctrl-C stops it.")
        stack.watch()
    finally:
        with processes.uninterrupted():
            stack.console.print("Stopping …")
            stack.stop()


@cli.command()
@click.pass_obj
def status(stack: Stack) -> None:
    """What runs. Exits with 1 if not all of it is ready."""
    found = stack.programs()
    if found is None:
        stack.console.print("The stack is not running. `make up` starts it.")
        raise SystemExit(FAILED)
    table = Table("program", "state", "process", "log", box=None, header_style="dim")
    for program in found:
        table.add_row(program.name, program.state.lower(), str(program.pid or ""), str(program.log))
    stack.console.print(table)
    missing = [f"{part.name}: {said}" for part in parts(stack.settings) if (said := part.missing())]
    for line in missing:
        stack.console.print(line, style="yellow")
    if missing:
        raise SystemExit(FAILED)


@cli.command()
@click.pass_obj
def config(stack: Stack) -> None:
    """The variables that supervisord.conf is filled in with."""
    for name, value in environment.variables(stack.settings).items():
        click.echo(f"{name}={value}")


def main() -> None:
    """The entry point: SIGTERM and SIGHUP end a start or a `run` as cleanly as Ctrl-C does."""
    processes.interrupt_once()
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        cli(standalone_mode=False)
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
    except StartFailed as e:
        errors.print(f"[bold red]The stack did not start.[/] {e}", markup=True)
        for program in e.programs:
            errors.print(f"\n--- the end of {program.log} ---", style="dim")
            errors.print(tail(program.log), markup=False)
        sys.exit(FAILED)
    except NoriaError as e:
        errors.print(e.message, style="red", markup=False)
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
