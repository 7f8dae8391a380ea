"""The job's result, on a real cluster. The fixture `localemr` comes with LocalEMR and needs Docker."""

import csv
from pathlib import Path

import pytest

from pipeline import nightly

BUCKET = "localemr-integration-test"
DAY = "2026-03-01"
SALES = 'product,pieces,price\napple,3,0.50\npear,2,1.25\napple,1,0.50\n"plum, red",10,0.10\n'
JOB = Path(nightly.__file__).with_name("totals.py")


@pytest.fixture
def s3(localemr):
    """A bucket with the job and the day's sales."""
    s3 = localemr.client("s3")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(JOB), BUCKET, "jobs/totals.py")
    s3.put_object(Bucket=BUCKET, Key=f"sales/{DAY}.csv", Body=SALES.encode())
    return s3


@pytest.mark.real
def test_the_totals_of_a_day(localemr, s3):
    assert nightly.run(localemr.client(), BUCKET, DAY, delay=1) == 1
    objects = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"totals/{DAY}/part-")["Contents"]
    texts = [s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode() for each in objects]
    rows = [row for text in texts for row in csv.DictReader(text.splitlines())]
    assert {row["product"]: row["revenue"] for row in rows} == {"apple": "2.00", "pear": "2.50", "plum, red": "1.00"}
