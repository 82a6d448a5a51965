"""What must import Airflow: assets and timetables, the task wrapper, callbacks, and the HTTP pages it mounts."""
