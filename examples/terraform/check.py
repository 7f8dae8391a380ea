"""Did Terraform's cluster do what its step says? `python check.py CLUSTER BUCKET DATA` compares with plain Python."""

import csv
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

WAIT = {"Delay": 1, "MaxAttempts": 600}


def totals(rows):
    """Country → sum of the amounts."""
    found = defaultdict(Decimal)
    for row in rows:
        found[row["country"]] += Decimal(row["amount"])
    return dict(found)


def main(cluster, bucket, data):
    """Wait for the step, print the totals. Ends with 1 when they are wrong."""
    import boto3

    emr, s3 = boto3.client("emr"), boto3.client("s3")
    (step,) = emr.list_steps(ClusterId=cluster)["Steps"]
    emr.get_waiter("step_complete").wait(ClusterId=cluster, StepId=step["Id"], WaiterConfig=WAIT)
    objects = s3.list_objects_v2(Bucket=bucket, Prefix="output/totals/part-")["Contents"]
    lines = [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in objects]
    found = totals(row for text in lines for row in csv.DictReader(text.splitlines()))
    wanted = totals(csv.DictReader(Path(data).read_text().splitlines()))
    for country in sorted(found.keys() | wanted.keys()):
        print(f"{country}  {found.get(country, '-'):>8}  plain Python: {wanted.get(country, '-'):>8}")
    if found != wanted:
        sys.exit("the totals are not those of plain Python")
    print("The totals are those of plain Python.")


if __name__ == "__main__":
    main(*sys.argv[1:])
