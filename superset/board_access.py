"""Who may do what in Superset: allow-lists, one per role, and the users that the local stack makes.

Superset's own role Gamma may write charts, boards and themes, so no role here starts from it. The rest is refused.
"""

import os
from collections.abc import Iterable

from superset.connectors.sqla.models import SqlaTable

from superset import db, security_manager

CS_OPS = "CS Ops"

# Look at boards, filter them, drill into a tile, download its rows, share a link to a filtered view; change nothing.
BOARD_READER = (
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("can_read", "Dataset"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "Theme"),
    ("can_read", "Explore"),
    ("can_read", "ExploreFormDataRestApi"),
    ("can_write", "ExploreFormDataRestApi"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_read", "DashboardPermalinkRestApi"),
    ("can_write", "DashboardPermalinkRestApi"),
    ("can_read", "SecurityRestApi"),
    ("can_read", "Tag"),
    ("can_recent_activity", "Log"),
    ("can_dashboard", "Superset"),
    ("can_csv", "Superset"),
    ("can_explore_json", "Superset"),
    ("can_fetch_datasource_metadata", "Superset"),
    ("can_log", "Superset"),
    ("can_query", "Api"),
    ("can_query_form_data", "Api"),
    ("can_time_range", "Api"),
    ("can_samples", "Datasource"),
    ("can_external_metadata", "Datasource"),
    ("can_get_drill_info", "Dataset"),
    ("can_drill", "Dashboard"),
    ("can_view_chart_as_table", "Dashboard"),
    ("can_warm_up_cache", "Chart"),
    ("can_get", "MenuApi"),
    ("can_list", "AsyncEventsRestApi"),
    ("can_userinfo", "UserDBModelView"),
    ("resetmypassword", "UserDBModelView"),
    ("can_this_form_get", "ResetMyPasswordView"),
    ("can_this_form_post", "ResetMyPasswordView"),
    ("menu_access", "Dashboards"),
    ("menu_access", "Home"),
)


def ensure_users() -> None:
    """The administrator and the CS Ops user, with the passwords of the environment; safe to repeat."""
    ops = security_manager.find_role(CS_OPS) or security_manager.add_role(CS_OPS)
    admin = security_manager.find_role("Admin")
    _ensure_user("admin", "Board", "Administrator", (admin, os.environ["SUPERSET_ADMIN_PASSWORD"]))
    _ensure_user("csops", "CS", "Operations", (ops, os.environ["SUPERSET_CSOPS_PASSWORD"]))


def _ensure_user(name: str, first: str, last: str, access: tuple[object, str]) -> None:
    role, password = access
    user = security_manager.find_user(username=name)
    if user is None:
        user = security_manager.add_user(name, first, last, f"{name}@localhost.localdomain", role, password=password)
    security_manager.reset_password(user.id, password)
    user.roles = [role]
    db.session.commit()


def grant_boards(dataset_uuids: Iterable[str]) -> int:
    """Set the role CS Ops to exactly its allow-list plus these datasets; returns the number of permissions."""
    wanted = set(dataset_uuids)
    datasets = [t for t in db.session.query(SqlaTable).all() if str(t.uuid) in wanted]
    pairs = [*BOARD_READER, *(("datasource_access", dataset.perm) for dataset in datasets)]
    role = security_manager.find_role(CS_OPS)
    found = [security_manager.find_permission_view_menu(permission, view) for permission, view in pairs]
    missing = [pair for pair, permission in zip(pairs, found, strict=True) if permission is None]
    if missing:
        raise LookupError(f"role {CS_OPS}: this Superset has no permission {missing}")
    role.permissions = found
    db.session.commit()
    return len(found)
