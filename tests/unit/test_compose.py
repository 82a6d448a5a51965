"""docker-compose.yml and the Dockerfile, read as data: pinned, closed, without a single default secret."""

import re
from typing import Any

import pytest
import yaml

from config.settings import ROLES, ROOT
from copilot.stack import airflow
from copilot.stack.generated_secrets import SERVICES

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
NAMES = sorted(COMPOSE["services"])
ONE_SHOT = {"migrate", "airflow-migrate", "boards-deploy"}
LONG_RUNNING = sorted(set(NAMES) - ONE_SHOT)
FULL_VERSION = re.compile(r":\d+\.\d+(\.\d+)?(-[a-z]+)*$")
FROM_ENV = re.compile(r"\$\{([A-Z_]+):\?set \1 in \.env\}")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|_KEY$|DSN|CONN$|_URI$|SMTP_URL")
# Names of files and switches, not secrets, whose variable is called like one.
NO_SECRETS = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"}


def service(name: str) -> dict[str, Any]:
    return COMPOSE["services"][name]


def environment(name: str) -> dict[str, str]:
    return service(name).get("environment") or {}


def test_the_same_services_as_in_the_local_stack_are_there():
    assert {"postgres", "migrate", "superset", "mlflow", "airflow-triggerer", *airflow.COMPONENTS} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_built_here_or_pinned_to_a_full_version(name):
    one = service(name)
    assert "image" in one
    assert FULL_VERSION.search(one["image"])
    if "build" in one:
        assert f" AS {one['build']['target']}\n" in DOCKERFILE


def test_nothing_is_latest():
    assert ":latest" not in TEXT + DOCKERFILE
    sources = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    stages = set(re.findall(r" AS (\S+)", DOCKERFILE)) | {"${PYTHON_IMAGE}"}
    assert len(sources) == 5
    assert set(sources) <= stages
    assert FULL_VERSION.search(re.search(r"ARG PYTHON_IMAGE=(\S+)", DOCKERFILE)[1])


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_for_long_has_a_health_check_and_comes_back(name):
    check = service(name)["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= check.keys()
    assert service(name)["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_what_runs_once_is_waited_for_and_not_restarted(name):
    waiting = [one.get("depends_on", {}).get(name, {}).get("condition") for one in COMPOSE["services"].values()]
    assert service(name)["restart"] == "no"
    assert "service_completed_successfully" in waiting


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"postgres"}))
def test_every_service_waits_for_a_condition_and_in_the_end_for_the_database(name):
    reached, todo = set(), [name]
    while todo:
        needed = service(todo.pop()).get("depends_on", {})
        assert all(set(how) == {"condition"} for how in needed.values())
        todo += set(needed) - reached
        reached |= set(needed)
    assert "postgres" in reached


@pytest.mark.parametrize("name", NAMES)
def test_every_service_has_the_least_privilege(name):
    one = service(name)
    assert one["cap_drop"] == ["ALL"]
    assert "cap_add" not in one
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["read_only"] is True
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", one["user"])
    assert "privileged" not in one
    assert one["networks"] == ["inside"]


def test_ports_are_open_on_this_machine_only():
    published = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]
    assert len(published) == 4
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in published)


def test_no_secret_has_a_value_or_a_default():
    given = [(name, key, str(value)) for name in NAMES for key, value in environment(name).items()]
    secret = [(name, key, value) for name, key, value in given if SECRET_NAME.search(key) and key not in NO_SECRETS]
    assert len(secret) > 40
    for name, key, value in secret:
        assert FROM_ENV.search(value), f"{name}: {key}"
    assert not re.search(r"://[^\s:@/$]+:[^$\s@/][^\s@/]*@", TEXT)


def test_no_secret_is_on_a_command_line():
    for name in NAMES:
        assert "${" not in str(service(name).get("command")) + str(service(name).get("healthcheck"))


def test_the_example_lists_every_variable_that_is_needed_and_gives_no_value():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert len(listed) > 20
    assert all(line.endswith("=") for line in listed)
    assert {line[:-1] for line in listed} == set(FROM_ENV.findall(TEXT))


def test_every_job_has_its_own_login_and_only_the_task_runner_has_them():
    dsns = {name: {key for key in environment(name) if "DSN" in key} for name in NAMES}
    assert dsns.pop("migrate") == {"PG_ADMIN_DSN", "COPILOT_DSN_OWNER"}
    assert dsns.pop("airflow-api") == {"COPILOT_DSN_FEEDBACK", "COPILOT_DSN_INTAKE"}
    jobs = {f"COPILOT_DSN_{role.upper()}" for role in ROLES if role not in ("owner", "feedback", "intake", "bi")}
    assert dsns.pop("airflow-scheduler") == jobs
    assert not any(dsns.values())
    prepared = {f"PG_{name.upper()}_PASSWORD" for name in (*ROLES, *SERVICES)}
    assert prepared <= environment("migrate").keys()


def test_airflow_is_set_up_as_in_the_local_stack(monkeypatch, tmp_path):
    (tmp_path / "secrets").mkdir()
    for name in ("pg_airflow", "airflow_fernet_key", "airflow_secret_key", "airflow_jwt_secret"):
        (tmp_path / "secrets" / name).write_text("x" * 64)
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    local = airflow.environment({"host": "127.0.0.1", "port": 1}, 1)
    here = environment("airflow-scheduler")

    assert len(local) > 15
    assert local.keys() <= here.keys()
    own = re.compile(r"HOME|FOLDER|FILE|URL|HOST|PORT$|CONN|KEY|SECRET|COPILOT_VAR|PYTHONPATH")
    same = {key for key in local if not own.search(key)}
    assert len(same) >= 10
    assert {key: here[key] for key in same} == {key: local[key] for key in same}


@pytest.mark.parametrize("target", ["pipeline", "boards"])
def test_images_run_as_nobody_special_and_install_by_hash(target):
    stage = re.search(rf"^FROM base AS {target}\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)[1]
    assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["10001:10001"]
    assert "chown" not in stage
    assert "--require-hashes" in re.search(rf"AS {target}-libraries\n(.*?)^FROM", DOCKERFILE, re.M | re.S)[1]


def test_everything_that_the_images_copy_exists_and_nothing_else_enters_the_build():
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert len(copied) >= 8
    for path in copied:
        assert (ROOT / path).exists()
        assert f"!{path.split('/')[0]}" in ignore
    assert "*" in ignore
