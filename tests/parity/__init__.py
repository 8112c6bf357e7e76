"""Does a Dag give the same in Airflow, Prefect and Dagster? Really run there, and compared."""
