"""Answers from the digest, written by a login that may insert into two tables and read none. Login: feedback."""

from copilot.digest.sign import Answer, Link
from copilot.warehouse.connect import connect


def record_answer(link: Link, answer: Answer) -> None:
    """Keep what the CSM answered about one alert. The last answer counts; the same one again changes nothing."""
    with connect("feedback", link.company) as connection:
        connection.execute(
            "insert into ops.feedback (csm_id, account_id, alert_id, digest_date, kind) values (%s, %s, %s, %s, %s)",
            (link.csm_id, link.account_id, link.alert_id, link.digest_date, answer),
        )


def record_wish(link: Link, wants_digest: bool) -> None:
    """Keep whether the CSM wants the digest; the last wish counts."""
    with connect("feedback", link.company) as connection:
        connection.execute(
            "insert into ops.digest_wish (csm_id, wants_digest) values (%s, %s)", (link.csm_id, wants_digest)
        )
