"""Superset's settings. Every secret and address comes from the environment (copilot/stack/superset.py sets it).

The password of the warehouse is never stored in Superset: the database of the bundle names a host that does not exist,
and `DB_CONNECTION_MUTATOR` puts the real address in at connect time, so a moved server needs no new import either.
"""

import os

from board_link import blueprint
from board_theme import DARK, LIGHT, scheme, sequential_scheme
from sqlalchemy.engine.url import make_url


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} must be set: start Superset through `copilot up`")
    return value


SECRET_KEY = _required("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = _required("SUPERSET_META_URI")
# The library's defaults for these two are public.
GUEST_TOKEN_JWT_SECRET = _required("SUPERSET_GUEST_SECRET")
GLOBAL_ASYNC_QUERIES_JWT_SECRET = GUEST_TOKEN_JWT_SECRET + "-async"

PLACEHOLDER_HOST = "warehouse.invalid"
_WAREHOUSE = make_url(_required("SUPERSET_WAREHOUSE_URI"))


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):  # noqa: N802, ARG001
    """Replace the placeholder of the bundle by the real read-only login; every other database stays as it is."""
    return (_WAREHOUSE if uri.host == PLACEHOLDER_HOST else uri), params


APP_NAME = "Customer Success Copilot"
BLUEPRINTS = [blueprint()]
SQLALCHEMY_EXAMPLES_URI = None
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []
PREVENT_UNSAFE_DB_CONNECTIONS = True

_TLS = os.environ.get("SUPERSET_TLS") == "1"
WTF_CSRF_ENABLED = True
ENABLE_CORS = False
ENABLE_PROXY_FIX = _TLS
TALISMAN_ENABLED = True
# Own content only: the shipped page loads a telemetry pixel, which this policy blocks.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": _TLS,
    "session_cookie_secure": _TLS,
}
SESSION_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
FAB_API_SWAGGER_UI = False
PUBLIC_ROLE_LIKE = None
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"

_CACHE = _required("SUPERSET_CACHE_DIR")
_DAY = 86400


def _cache(name: str, seconds: int, **more: object) -> dict[str, object]:
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": f"{_CACHE}/{name}",
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_THRESHOLD": 5000,
        "CACHE_KEY_PREFIX": f"{name}_",
        **more,
    }


CACHE_CONFIG = _cache("metadata", 600)
# The day's rows change once a day and on a repeated run; a minute keeps a board quick without showing yesterday's rows.
DATA_CACHE_CONFIG = _cache("data", 60)
THUMBNAIL_CACHE_CONFIG = _cache("thumbnail", _DAY)
FILTER_STATE_CACHE_CONFIG = _cache("filter", 30 * _DAY, REFRESH_TIMEOUT_ON_RETRIEVAL=True)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("form", 7 * _DAY, REFRESH_TIMEOUT_ON_RETRIEVAL=True)

FEATURE_FLAGS = {
    "ENABLE_TEMPLATE_PROCESSING": True,  # the as-of filter picks the day inside the datasets
    "RLS_IN_SQLLAB": True,
    "ESCAPE_MARKDOWN_HTML": True,
    "ALERT_REPORTS": False,
}
CELERY_CONFIG = None
LANGUAGES: dict[str, object] = {}
ROW_LIMIT = 10000
SQL_MAX_ROW = 50000
LOG_LEVEL = "WARNING"

THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
ENABLE_UI_THEME_ADMINISTRATION = False
THEME_DEFAULT = LIGHT
THEME_DARK = DARK
EXTRA_CATEGORICAL_COLOR_SCHEMES = [scheme()]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [sequential_scheme()]
