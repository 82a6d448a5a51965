"""The verbs of deploy.py that need the Superset library; each runs in an application context and counts failures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
from board_access import ensure_users, grant_boards
from board_bundle import Bundle
from flask import Flask, g
from marshmallow.decorators import VALIDATES_SCHEMA
from superset.commands.exceptions import CommandInvalidError, ImportFailedError
from superset.commands.importers.v1.assets import ImportAssetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.models.core import Database
from superset.models.dashboard import Dashboard
from superset.models.slice import Slice
from superset.utils.core import override_user

import superset
from superset import appbuilder, db, security_manager

Say = Callable[[str], None]
MODELS = {"charts": Slice, "datasets": SqlaTable, "databases": Database, "dashboards": Dashboard}
# Children first: a dataset that a chart still reads cannot go.
PRUNE_ORDER = ("dashboards", "charts", "datasets", "databases")


def bootstrap(_app: Flask, _bundle: Bundle, say: Say) -> int:
    """Superset's own schema, its permissions, the roles and users."""
    flask_migrate.upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    ensure_users()
    say("Superset's database, roles and users are ready")
    return 0


def deploy(_app: Flask, bundle: Bundle, say: Say) -> int:
    """Import everything, delete what the bundle no longer has, give CS Ops its datasets."""
    with override_user(security_manager.find_user(username="admin")):
        try:
            ImportAssetsCommand(bundle.contents()).run()
        except (CommandInvalidError, ImportFailedError) as error:
            say(f"import failed: {_reason(error)}")
            return 1
        removed = _prune(bundle)
    permissions = grant_boards(bundle.uuids("datasets"))
    sizes = ", ".join(f"{len(named)} {kind}" for kind, named in bundle.assets.items())
    say(f"imported {sizes}; removed {removed}; role CS Ops has {permissions} permissions")
    return 0


def _reason(error: Exception) -> Any:
    cause = error if isinstance(error, CommandInvalidError) else error.__cause__ or error
    return cause.normalized_messages() if hasattr(cause, "normalized_messages") else cause


def _prune(bundle: Bundle) -> int:
    """Delete every object that is not in the bundle: this directory is the only source of boards."""
    removed = 0
    for kind in PRUNE_ORDER:
        for row in db.session.query(MODELS[kind]).all():
            if row.is_managed_externally and str(row.uuid) not in bundle.uuids(kind):
                db.session.delete(row)
                removed += 1
        db.session.flush()
    db.session.commit()
    return removed


def check(app: Flask, bundle: Bundle, say: Say) -> int:
    """The data of every tile through the real API, as the CS Ops user; returns how many failed."""
    failed = 0
    uuids = bundle.uuids("charts")
    has_rows = _datasets_with_rows()
    charts = [chart for chart in db.session.query(Slice).order_by(Slice.slice_name) if str(chart.uuid) in uuids]
    if len(charts) != len(uuids):
        say(f"wrong: {len(uuids)} charts in the bundle, {len(charts)} in Superset")
        failed += 1
    for chart in charts:
        status, rows, reason = _data(app, chart.id)
        expects_rows = chart.datasource_id in has_rows and not _may_be_empty(chart)
        wrong = status != 200 or (rows == 0 and expects_rows)
        failed += wrong
        say(f"{'wrong' if wrong else 'ok':5} {rows:6} rows  {chart.slice_name}{'  ' + reason if reason else ''}")
    return failed


def _may_be_empty(chart: Slice) -> bool:
    """Tiles with a condition of their own (failing checks, moves of 3 points) are empty on a good day."""
    return bool(json.loads(chart.params).get("adhoc_filters"))


def _datasets_with_rows() -> set[int]:
    """The ids of the datasets whose query gives a row now; asked as the administrator."""
    found = set()
    with override_user(security_manager.find_user(username="admin")):
        for dataset in db.session.query(SqlaTable).all():
            result = dataset.query(
                {
                    "columns": [],
                    "metrics": [dataset.metrics[0].metric_name],
                    "filter": [],
                    "granularity": None,
                    "is_timeseries": False,
                    "from_dttm": None,
                    "to_dttm": None,
                    "orderby": [],
                    "row_limit": 1,
                    "extras": {},
                }
            )
            if not result.df.empty and result.df.iloc[0, 0]:
                found.add(dataset.id)
    return found


def _data(app: Flask, chart_id: int) -> tuple[int, int, str]:
    """HTTP status, number of rows and the error, if any, of one tile."""
    with app.test_client() as client:
        _log_in(client)
        answer = client.get(f"/api/v1/chart/{chart_id}/data/?force=true")
    body = answer.get_json(silent=True) or {}
    if answer.status_code != 200:
        return answer.status_code, 0, str(body.get("message", answer.status))[:300]
    result = body["result"][0]
    return 200, result["rowcount"], ""


def _log_in(client: Any) -> None:
    user = security_manager.find_user(username="csops")
    with client.session_transaction() as session:
        session["_user_id"] = str(user.id)
        session["_fresh"] = True
    g.pop("user", None)


def validate(_app: Flask, bundle: Bundle, say: Say) -> int:
    """The importer's own schemas over every file."""
    failed = 0
    for kind, named in bundle.assets.items():
        schema = ImportAssetsCommand.schemas[f"{kind}/"]
        # The database schema's checks across fields ask Superset's own database, which is not there.
        schema._hooks[VALIDATES_SCHEMA].clear()
        for name, asset in named.items():
            for key, reasons in schema.validate(asset).items():
                say(f"wrong: {kind}/{name}.yaml: {key}: {reasons}")
                failed += 1
    return failed


def up(app: Flask, bundle: Bundle, say: Say) -> int:
    """Everything, in order; stops at the first part that fails."""
    return bootstrap(app, bundle, say) or deploy(app, bundle, say) or check(app, bundle, say)


def refresh(app: Flask, bundle: Bundle, say: Say) -> int:
    """The boards alone, when only their files changed."""
    return deploy(app, bundle, say) or check(app, bundle, say)


VERBS: dict[str, Callable[[Flask, Bundle, Say], int]] = {
    "bootstrap": bootstrap,
    "refresh": refresh,
    "check": check,
    "up": up,
    "validate": validate,
}
