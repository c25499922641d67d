"""compose.yaml and the Dockerfile: valid by the schema, and in agreement with supervisord.conf, the queues and the settings."""

import configparser
import json
import re
import shlex
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import grimp
import jsonschema
import pytest
import yaml
from packaging.utils import canonicalize_name

from jobs.catalog import kinds
from jobs.kind import QUEUES
from jobs.settings import Settings
from storage.job_queue import SOFT_SHUTDOWN_S

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SCHEMA = json.loads((Path(__file__).parent / "schema" / "compose-spec.json").read_text(encoding="utf-8"))

WORKERS = {name: service for name, service in SERVICES.items() if "workers.app" in service.get("command", ())}
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
# Variables that libraries read by themselves, and that are no settings of Noria's.
LIBRARIES = re.compile(r"AWS_(ENDPOINT_URL|REGION|DEFAULT_REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY)|PGPASSWORD|FLOWER_ADDRESS|"
                       r"MLFLOW_(S3_ENDPOINT_URL|SERVER_\w+|WORKERS|BACKEND_STORE_URI|DISABLE_TELEMETRY)|"
                       r"REMAP_SIGTERM|OMP_(WAIT_POLICY|NUM_THREADS)")
# Which library a queue's image has to hold.
NEEDED = {"cpu": "prophet", "cpu.fast": "prophet", "gpu": "ultralytics", "gpu.fast": "ultralytics"}


def stages() -> dict[str, str]:
    """The Dockerfile's stages: name → its instructions."""
    parts = re.split(r"^FROM \S+ AS (\S+)\n", DOCKERFILE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def option(command: list[str], name: str) -> str:
    """The value that follows an option on a command line."""
    return command[command.index(name) + 1]


@cache
def supervised() -> dict[str, list[str]]:
    """The programs of supervisord.conf: name → command line, its variables taken out."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=None)
    parser.read(ROOT / "deploy" / "supervisord.conf", encoding="utf-8")
    sections = [name for name in parser.sections() if name.startswith("program:")]
    return {name.removeprefix("program:"): shlex.split(parser[name]["command"].replace("%%", "%")) for name in sections}


def supervised_environment(program: str) -> dict[str, str]:
    """What supervisord.conf sets for a program besides what all share."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=None)
    parser.read(ROOT / "deploy" / "supervisord.conf", encoding="utf-8")
    return dict(re.findall(r'(\w+)="([^"]*)"', parser[f"program:{program}"].get("environment", "")))


def queues(service: dict[str, Any]) -> list[str]:
    """The queues that a worker listens to."""
    return option(service["command"], "-Q").split(",")


def seconds(duration: str) -> int:
    """`45s` or `2m` in seconds."""
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def test_the_compose_file_is_valid_by_the_schema_of_the_specification() -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(COMPOSE)


def test_the_schema_would_notice_a_wrong_compose_file() -> None:
    broken = {**COMPOSE, "services": {**SERVICES, "api": {**SERVICES["api"], "portz": []}}}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(broken)


def test_each_queue_is_served_by_exactly_one_kind_of_worker() -> None:
    served = sorted(queue for service in WORKERS.values() for queue in queues(service))

    assert served == sorted(QUEUES)


@pytest.mark.parametrize("name", WORKERS)
def test_the_image_of_a_worker_holds_the_libraries_of_its_queues(name: str) -> None:
    stage = stages()[WORKERS[name]["build"]["target"]]
    locks = " ".join((ROOT / lock).read_text(encoding="utf-8") for lock in re.findall(r"-r (requirements/\S+)", stage))

    assert all(f"\n{NEEDED[queue]}==" in locks for queue in queues(WORKERS[name]))


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_started_with_the_flags_that_supervisor_uses(name: str) -> None:
    def flags(command: list[str]) -> list[str]:
        varying = {command.index(word) + 1 for word in ("-Q", "-n", "-c")}
        return [word for place, word in enumerate(command) if place not in varying]

    assert flags(WORKERS[name]["command"]) == flags(supervised()["cpu"])


def test_the_names_of_the_lanes_are_those_of_the_supervisor() -> None:
    def lanes(commands: list[list[str]]) -> set[str]:
        return {option(command, "-n") for command in commands}

    assert lanes([w["command"] for w in WORKERS.values()]) == lanes([supervised()[name] for name in ("cpu", "gpu", "fast")])


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_the_environment_that_supervisor_gives_it(name: str) -> None:
    expected = supervised_environment("cpu")

    assert set(expected) <= set(WORKERS[name]["environment"])
    assert {WORKERS[name]["environment"][key] for key in ("REMAP_SIGTERM", "OMP_WAIT_POLICY")} == {"SIGQUIT", "PASSIVE"}


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_time_to_hand_its_job_back_before_it_is_killed(name: str) -> None:
    assert seconds(WORKERS[name]["stop_grace_period"]) > 2 * SOFT_SHUTDOWN_S


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_can_be_scaled_to_any_number_of_containers(name: str) -> None:
    assert not {"container_name", "hostname", "ports"} & set(WORKERS[name])
    assert "%h" in option(WORKERS[name]["command"], "-n")


@pytest.mark.parametrize("name", WORKERS)
def test_the_health_check_of_a_worker_asks_for_its_own_lane(name: str) -> None:
    lane = option(WORKERS[name]["command"], "-n").partition("@")[0]

    assert f"--destination {lane}@$$HOSTNAME" in WORKERS[name]["healthcheck"]["test"][1]


@pytest.mark.parametrize(("service", "program"), [("api", "api"), ("flower", "flower")])
def test_an_image_runs_the_command_that_supervisor_runs(service: str, program: str) -> None:
    command = json.loads(re.findall(r"^CMD (.*)$", stages()[SERVICES[service]["build"]["target"]], flags=re.MULTILINE)[-1])

    assert command == supervised()[program]


def test_the_broker_keeps_what_it_acknowledged_as_the_embedded_one_does() -> None:
    def kept(command: list[str]) -> dict[str, str]:
        return {name: option(command, name) for name in ("--appendonly", "--appendfsync", "--maxmemory-policy", "--save")}

    assert kept(SERVICES["redis"]["command"]) == kept(supervised()["broker"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_or_one_that_a_library_reads(name: str) -> None:
    unknown = [key for key in OURS[name]["environment"]
               if key.lower() not in Settings.model_fields and not LIBRARIES.fullmatch(key)]

    assert unknown == []


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_the_environment_and_must_be_set(name: str) -> None:
    secret = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|API_KEYS")

    written = {key: value for key, value in SERVICES[name].get("environment", {}).items()
               if secret.search(key) and not re.fullmatch(r"\$\{[A-Z0-9_]+:\?[^}]+\}", str(value))}

    assert written == {}


def test_every_variable_that_must_be_set_stands_in_the_example() -> None:
    named = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE))
    required = set(re.findall(r"\$\{([A-Z0-9_]+):\?", (ROOT / "compose.yaml").read_text(encoding="utf-8")))

    assert required <= named


def test_the_example_leaves_every_secret_empty() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert re.findall(r"^(?:API_KEYS|\w*(?:PASSWORD|SECRET_KEY))=(.+)$", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges_and_a_read_only_root(name: str) -> None:
    service = OURS[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_no_capabilities_and_a_read_only_root(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])


@pytest.mark.parametrize("name", SERVICES)
def test_the_log_of_every_container_is_rotated(name: str) -> None:
    assert SERVICES[name]["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


def test_no_container_runs_as_root_but_one_with_a_reason() -> None:
    roots = {name for name, service in SERVICES.items() if name not in OURS and service.get("user", "root") in {"root", "0", "0:0"}}

    assert roots == {"minio"}


def test_what_can_be_reached_from_outside_asks_for_a_key_or_a_password() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}

    assert published == outside == {"api", "flower", "mlflow-gate"}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["api"]["environment"]["API_KEYS"].startswith("${API_KEYS:?")
    assert SERVICES["flower"]["environment"]["FLOWER_PASSWORD"].startswith("${FLOWER_PASSWORD:?")
    gate = COMPOSE["configs"]
    assert gate["mlflow-users"]["content"].startswith("admin:{PLAIN}${MLFLOW_PASSWORD:?")
    assert "auth_basic_user_file /etc/nginx/mlflow.users;" in gate["mlflow-gate"]["content"].partition("location")[0]
    assert {c["source"]: c["target"] for c in SERVICES["mlflow-gate"]["configs"]}["mlflow-users"] == "/etc/nginx/mlflow.users"


@pytest.mark.parametrize("name", OURS)
def test_an_image_is_a_stage_that_ends_without_root(name: str) -> None:
    users = re.findall(r"^USER (\S+)$", stages()[OURS[name]["build"]["target"]], flags=re.MULTILINE)

    assert users == ["noria"]


def test_no_service_waits_for_one_that_has_no_health_to_show() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, f"{name} needs {needed}"
            assert how["condition"] == "service_completed_successfully" or "healthcheck" in SERVICES[needed]


def test_nothing_waits_for_mlflow_since_jobs_run_without_it() -> None:
    waiting = [name for name, service in SERVICES.items() if any(n.startswith("mlflow") for n in service.get("depends_on", {}))]

    assert waiting == []


def test_exactly_one_mlflow_answers_in_each_profile() -> None:
    named = [service for service in SERVICES.values()
             if isinstance(service["networks"], dict) and "mlflow" in service["networks"]["inside"].get("aliases", ())]

    assert sorted(service["profiles"] for service in named) == [["postgres"], ["sqlite"]]
    assert named[0]["container_name"] == named[1]["container_name"]
    assert SERVICES["api"]["environment"]["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"


def test_mlflow_answers_to_the_name_by_which_the_workers_call_it() -> None:
    for name in ("mlflow-postgres", "mlflow-sqlite"):
        hosts = SERVICES[name]["environment"]["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")

        assert {"mlflow", "mlflow:*", "localhost:*"} <= set(hosts)


def test_every_published_port_is_on_loopback_unless_said_otherwise() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert ports
    assert all(port.startswith("${PUBLISH:-127.0.0.1}:") for port in ports)


def test_workers_share_a_spool_only_with_workers_of_the_same_image() -> None:
    images: dict[str, set[str]] = {}
    for service in WORKERS.values():
        home = next(volume["source"] for volume in service["volumes"] if volume["target"] == "/var/lib/noria")
        images.setdefault(home, set()).add(service["image"])

    assert [home for home, found in images.items() if len(found) > 1] == []


def test_every_named_volume_is_declared_and_used() -> None:
    used = {v["source"] for service in SERVICES.values() for v in service.get("volumes", ()) if "source" in v}

    assert used == set(COMPOSE["volumes"])


def test_what_the_dockerfile_copies_exists_and_is_let_through() -> None:
    copies = re.findall(r"^COPY (.+)$", DOCKERFILE, flags=re.MULTILINE)
    sources = {word.rstrip("/") for line in copies for word in line.split()[:-1]}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {source.partition("/")[0] for source in sources} <= let_through


def test_every_requirement_but_torch_is_installed_by_its_hash() -> None:
    installs = re.findall(r"pip install ([^&\n\\]+)", DOCKERFILE)
    unhashed = [line for line in installs if "--require-hashes --no-deps" not in line]

    assert len(unhashed) == 1
    assert "requirements/torch.txt" in unhashed[0]


@cache
def import_graph() -> grimp.ImportGraph:
    """Who imports whom, in the rooms and beyond them."""
    return grimp.build_graph("api", "deploy", "jobs", "storage", "tracking", "workers", include_external_packages=True,
                             exclude_type_checking_imports=True)


def entry_modules(name: str) -> set[str]:
    """The modules that a service's container starts from, run functions of its queues included."""
    if name in WORKERS:
        return {"workers.app"} | {kind.run.partition(":")[0] for kind in kinds().values() if kind.queue in queues(WORKERS[name])}
    return {"api": {"api.serve", "api.process", "api.cli", "storage.inspect"}, "flower": {"deploy.dashboard"}}[name]


def imported_by(name: str) -> set[str]:
    """Everything that a service's container imports, however far away."""
    entries = entry_modules(name) & import_graph().modules
    return entries.union(*(import_graph().find_upstream_modules(entry) for entry in entries))


@pytest.mark.parametrize("name", [*WORKERS, "api", "flower"])
def test_an_image_holds_every_room_that_its_command_imports(name: str) -> None:
    copied = set(re.findall(r"^COPY (\w+)/ ", stages()[SERVICES[name]["build"]["target"]], flags=re.MULTILINE))
    imported = {module.partition(".")[0] for module in imported_by(name)}

    assert imported & {"api", "deploy", "jobs", "storage", "tracking", "workers"} <= copied


@pytest.mark.parametrize("name", [*WORKERS, "api", "flower"])
def test_an_image_holds_every_library_that_its_command_imports(name: str) -> None:
    stage = stages()[SERVICES[name]["build"]["target"]]
    locks = "\n".join((ROOT / lock).read_text(encoding="utf-8") for lock in re.findall(r"-r (requirements/\S+)", stage))
    installed = {canonicalize_name(package) for package in re.findall(r"^([A-Za-z0-9._-]+)==", locks, flags=re.MULTILINE)}
    outside = {module for module in imported_by(name) if import_graph().is_module_squashed(module)}
    libraries, packages = outside - set(sys.stdlib_module_names), packages_distributions()

    lacking = {library for library in libraries if not installed & {canonicalize_name(p) for p in packages.get(library, ())}}

    assert lacking == set()


def test_the_experiment_of_retrains_is_pinned_by_variables_that_workers_and_the_api_get() -> None:
    for name in ("RETRAIN_EXPERIMENT_ID", "RETRAIN_ARTIFACT_LOCATION"):
        passed = {service for service, found in SERVICES.items() if found.get("environment", {}).get(name) == f"${{{name}:-}}"}
        assert passed >= {"api", *WORKERS}
        assert f"\n{name}=\n" in (ROOT / ".env.example").read_text(encoding="utf-8")
