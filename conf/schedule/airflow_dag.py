"""Retrains the model news each night; the task fails only where the cycle went wrong."""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

with DAG(
    dag_id="chorale_retrain_news",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1),
    # One start makes up for all that were missed, and no two are at work.
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=15)},
) as dag:
    BashOperator(
        task_id="retrain",
        bash_command="/opt/chorale/scripts/chorale retrain --config /etc/chorale/news.yaml --json",
        # The last line of its output, the outcome, is what later tasks can ask for.
        do_xcom_push=True,
        execution_timeout=timedelta(hours=6),
    )
