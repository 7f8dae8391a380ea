"""The same ETL once a day, in Airflow: unmodified EMR operators. Put this folder below Airflow's folder of DAGs.

The workers need the endpoint in their environment (`localemr env`), and connections without settings of their own:
AIRFLOW_CONN_AWS_DEFAULT=aws:// AIRFLOW_CONN_EMR_DEFAULT=emr://
"""

import json
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor

HERE = Path(__file__).parent
CLUSTER = json.loads((HERE / "cluster.json").read_text())
LOAD, _, QUALITY = json.loads((HERE / "steps.json").read_text())
FIRST_DAY = "2026-03-01"
# The day of the run in place of the first one.
LOAD = json.loads(json.dumps(LOAD).replace(FIRST_DAY, "{{ ds }}"))
ID = "{{ task_instance.xcom_pull('create_cluster') }}"


def waiting(name: str, number: int) -> EmrStepSensor:
    """Waits for a step, and fails when it fails."""
    step = f"{{{{ task_instance.xcom_pull('add_steps')[{number}] }}}}"
    return EmrStepSensor(task_id=name, job_flow_id=ID, step_id=step, poke_interval=5)


with DAG("orders", start_date=datetime(2026, 3, 1), schedule="@daily", catchup=False, max_active_runs=1):
    create = EmrCreateJobFlowOperator(task_id="create_cluster", job_flow_overrides=CLUSTER)
    add = EmrAddStepsOperator(task_id="add_steps", job_flow_id=ID, steps=[LOAD, QUALITY])
    terminate = EmrTerminateJobFlowOperator(task_id="terminate", job_flow_id=ID)
    # A teardown: the cluster ends after a failure too, and the failure stays the result of the day.
    create >> add >> waiting("load", 0) >> waiting("quality", 1) >> terminate.as_teardown(setups=create)
