"""Room 7: features as of a day become scores with reasons. Never imports copilot or airflow."""
