"""EventBridge: rules, and the events that they send to targets, in a SQLite file of their own. It knows no other
service: it takes the events that it is given (docs/events.md)."""

from localemr.events.registry import OPERATIONS
from localemr.events.rules import Occurrence
from localemr.events.service import EventBridge

__all__ = ["OPERATIONS", "EventBridge", "Occurrence"]
