"""Tables that Fivetran, Airbyte, dlt or a dbt project of the company's own have landed in a PostgreSQL already."""
