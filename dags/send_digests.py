"""Write each CSM's digest of a published day into the outbox, then send what is due, once.

Room 10. Starts when a day is published. A digest that was composed is never composed again; a mail that was sent is
never sent again; a mail server that is down is tried again. Runs of a backfill send nothing.
When it fails: docs/runbook.md#send-digests. The mails that could not be sent are in ops.digest_outbox with the reason.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import DAY_PUBLISHED


@dag(
    dag_id="send_digests",
    doc_md=__doc__,
    schedule=DAY_PUBLISHED,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=24),
    default_args=TASK_DEFAULTS,
    tags=["tier-1", "digest"],
)
def send_digests() -> None:
    @task
    def digests_are_composed(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from copilot.digest.day import compose

        order = order_of(dag_run, triggering_asset_events)
        if not order.sends_mail:
            return {"mail": 0, "silent": 0, "held": 0, "why": "this run was told to send no mail"}
        return in_room("compose", "mailer", compose, order.run)

    @task
    def digests_are_sent(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from copilot.digest.day import send

        order = order_of(dag_run, triggering_asset_events)
        if not order.sends_mail:
            return {"sent": 0, "dead": 0, "due": 0, "why": "this run was told to send no mail"}
        return in_room("send", "mailer", send, order.run)

    digests_are_composed() >> digests_are_sent()


send_digests()
