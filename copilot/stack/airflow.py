"""How the local stack runs Airflow: its environment, its processes, and when it is ready."""

import json
import shutil
from pathlib import Path
from typing import Any

from config.settings import ROOT, secret, var_dir

ADMIN = "admin"
COMPONENTS: dict[str, tuple[str, ...]] = {
    "airflow-api": ("api-server",),
    # The log servers of scheduler and triggerer would listen on all interfaces.
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
    "airflow-dag-processor": ("dag-processor",),
}
# Tasks at once: the machine this is made for has two cores.
PARALLELISM = 4


def home() -> Path:
    """AIRFLOW_HOME of this checkout."""
    return var_dir() / "airflow"


def environment(postgres: dict[str, Any], port: int) -> dict[str, str]:
    """Everything Airflow is told; nothing is read from an airflow.cfg."""
    login = f"airflow:{secret('pg_airflow')}@{postgres['host']}:{postgres['port']}"
    url = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(home()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": secret("airflow_fernet_key"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home() / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{login}/airflow",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": secret("airflow_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret("airflow_jwt_secret"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(var_dir() / "log" / "airflow"),
        # Between two tasks the scheduler sleeps this long: 0.7 s a task instead of 1.25.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
        "COPILOT_VAR": str(var_dir()),
        "PYTHONPATH": str(ROOT),
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
    }


def prepare() -> None:
    """Write the login file and the scheduler's preload (its workers are forks: heavy imports are paid once)."""
    (home() / "config").mkdir(parents=True, exist_ok=True)
    passwords = home() / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.chmod(0o600)
    passwords.write_text(json.dumps({ADMIN: secret("airflow_admin_password")}), encoding="utf-8")
    preload = Path(__file__).with_name("airflow_preload.py")
    shutil.copyfile(preload, home() / "config" / "airflow_local_settings.py")
