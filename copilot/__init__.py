"""Customer Success Copilot: the product's own logic. Never imports airflow or ml."""
