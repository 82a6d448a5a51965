"""Land what the billing sources hold for the day: subscriptions, invoices, payments and departures.

Rooms 1-3. One mapped task per source; a file that was landed before is skipped, so any run may be cleared and run
again. When a source fails for good, its task stays red and the day is still offered: `customer_health` then builds it
DEGRADED and says which source is missing. What to do: docs/runbook.md#ingest.
"""

from airflow.sdk import DAG

from plugins.ingest import ingest_dag

dag: DAG = ingest_dag("billing", __doc__)
