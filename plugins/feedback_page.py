"""Mounts the pages behind the digest's links under /cs of Airflow's API server. Wiring only: see copilot/digest."""

from airflow.plugins_manager import AirflowPlugin

from copilot.digest.answer_page import make_app


class FeedbackPage(AirflowPlugin):
    """GET and POST /cs/answer and /cs/unsubscribe: open routes, because a signed link is its own authority."""

    name = "feedback_page"
    fastapi_apps = [{"app": make_app(), "url_prefix": "/cs", "name": "Answers to the digest"}]  # noqa: RUF012
