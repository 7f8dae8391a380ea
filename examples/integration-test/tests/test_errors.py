"""What goes wrong at night, in milliseconds: no Docker, no AWS. The fixture `emr_memory` comes with LocalEMR."""

from contextlib import suppress

import pytest

from pipeline import nightly


def test_a_good_night(emr_memory):
    assert nightly.run(emr_memory.client(), "data", "2026-03-01", delay=1) == 1


def test_a_failed_step_is_tried_again(emr_memory):
    emr_memory.control.fail_step("totals *", times=2)
    assert nightly.run(emr_memory.client(), "data", "2026-03-01", delay=1) == 3


def test_the_reason_of_the_last_failure_is_reported(emr_memory):
    emr_memory.control.fail_step("totals *", message="no such file: 2026-03-01.csv")
    with pytest.raises(nightly.NightlyFailed, match=r"failed 3 times: no such file: 2026-03-01\.csv"):
        nightly.run(emr_memory.client(), "data", "2026-03-01", delay=1)


def test_a_cluster_that_does_not_start_is_reported(emr_memory):
    emr_memory.control.fail_cluster("nightly", message="EC2 is out of capacity")
    with pytest.raises(nightly.NightlyFailed, match=r"no cluster: .*out of capacity"):
        nightly.run(emr_memory.client(), "data", "2026-03-01", delay=1)


@pytest.mark.parametrize("failures", [0, 3])
def test_no_cluster_is_left_behind(emr_memory, failures):
    emr = emr_memory.client()
    if failures:
        emr_memory.control.fail_step("totals *", times=failures)
    with suppress(nightly.NightlyFailed):
        nightly.run(emr, "data", "2026-03-01", delay=1)
    (cluster,) = emr.list_clusters()["Clusters"]
    emr.get_waiter("cluster_terminated").wait(ClusterId=cluster["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
