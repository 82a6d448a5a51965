"""Bring Superset to the state of this directory: its database, roles and users, the boards, a proof that they work.

    python deploy.py validate    rules and the importer's own schemas; needs no database
    python deploy.py bootstrap   Superset's database, roles, users
    python deploy.py up          bootstrap, import, prune, check; a second run with nothing changed takes a second
    python deploy.py check       the data of every tile, one line each

One process does everything, because each start of Superset costs seven seconds of imports.
"""

import hashlib
import json
import logging
import os
import sys
import time
from pathlib import Path

import psycopg2
from board_bundle import Bundle, build, load
from board_rules import problems
from sqlalchemy.engine.url import make_url

OWN_CODE = (
    "board_access.py",
    "board_bundle.py",
    "board_queries.py",
    "board_theme.py",
    "deploy.py",
    "superset_config.py",
    "board_import.py",
)
STAMP = "deployed.json"


def say(text: str) -> None:
    """One line for whoever runs this."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(verb: str) -> int:
    """Run one verb; returns the exit status."""
    logging.disable(logging.WARNING)
    bundle = build(load())
    broken = problems(bundle)
    for problem in broken:
        say(f"wrong: {problem}")
    if broken:
        return 1
    if verb == "up" and _is_deployed(bundle):
        before, wanted = _stamp(), _wanted_stamp(bundle)
        if before == wanted:
            say(f"boards are up to date: {len(bundle.assets['charts'])} tiles")
            return 0
        if before | {"assets": ""} == wanted | {"assets": ""}:
            verb = "refresh"
    return _with_superset(verb, bundle)


def _with_superset(verb: str, bundle: Bundle) -> int:
    if verb == "validate":
        _offline_settings()
    from superset.app import create_app

    began = time.monotonic()
    app = create_app()
    with app.app_context():
        import board_import

        failed = board_import.VERBS[verb](app, bundle, say)
        if verb in ("up", "refresh") and not failed:
            _write_stamp(_wanted_stamp(bundle))
    say(f"{verb}: {'failed' if failed else 'done'} in {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


def _offline_settings() -> None:
    """Validation reads no database and knows no secret."""
    os.environ["SUPERSET_META_URI"] = "sqlite://"
    os.environ.setdefault("SUPERSET_CONFIG_PATH", str(Path(__file__).parent / "superset_config.py"))
    os.environ.setdefault("SUPERSET_CACHE_DIR", "/nonexistent")
    for name in ("SUPERSET_SECRET_KEY", "SUPERSET_GUEST_SECRET"):
        os.environ.setdefault(name, "x" * 42)
    os.environ.setdefault("SUPERSET_WAREHOUSE_URI", "postgresql+psycopg2://nobody@warehouse.invalid/warehouse")


def _wanted_stamp(bundle: Bundle) -> dict[str, str]:
    """What a deployment depends on; passwords only as a keyed digest."""
    here = Path(__file__).parent
    code = hashlib.sha256(b"".join((here / name).read_bytes() for name in (*OWN_CODE, "requirements.txt")))
    key = os.environ["SUPERSET_SECRET_KEY"]
    words = "\0".join([key, os.environ["SUPERSET_ADMIN_PASSWORD"], os.environ["SUPERSET_CSOPS_PASSWORD"]])
    access = hashlib.pbkdf2_hmac("sha256", words.encode(), b"boards", 10_000)
    return {"assets": bundle.digest(), "code": code.hexdigest(), "access": access.hex()}


def _stamp_path() -> Path:
    return Path(os.environ["SUPERSET_STATE_DIR"]) / STAMP


def _stamp() -> dict[str, str]:
    """What the last successful deployment was made of; empty before the first."""
    path = _stamp_path()
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    partial = _stamp_path().with_suffix(".partial")
    partial.write_text(json.dumps(stamp), encoding="utf-8")
    partial.replace(_stamp_path())


def _is_deployed(bundle: Bundle) -> bool:
    """Whether the stamp tells the truth: the boards are in Superset's database and the warehouse answers boards."""
    slugs = {board["slug"] for board in bundle.assets["dashboards"].values()}
    try:
        known = {row[0] for row in _query("SUPERSET_META_URI", "select slug from dashboards")}
        _query("SUPERSET_WAREHOUSE_URI", "select count(*) from serving.published_day")
    except psycopg2.Error:
        return False
    return slugs <= known


def _query(uri_name: str, sql: str) -> list[tuple[object, ...]]:
    uri = make_url(os.environ[uri_name]).set(drivername="postgresql")
    connection = psycopg2.connect(uri.render_as_string(hide_password=False))
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())
    finally:
        connection.close()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "up"))
