"""The local stack: PostgreSQL, Airflow, Superset and a mail sink, started and stopped as one."""
