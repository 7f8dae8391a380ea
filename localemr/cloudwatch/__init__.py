"""CloudWatch: metrics and alarms, in a SQLite file of their own. It knows no other service: it collects what it is
given (docs/cloudwatch.md)."""

from localemr.cloudwatch.data import Datum
from localemr.cloudwatch.registry import OPERATIONS
from localemr.cloudwatch.service import CloudWatch

__all__ = ["OPERATIONS", "CloudWatch", "Datum"]
