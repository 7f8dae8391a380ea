"""The door: checks of every HTTP request before it reaches the API, the control API or a page (docs/door.md)."""

from localemr.door.hosts import Hosts, own_names
from localemr.door.middleware import Door
from localemr.door.nodes import Sides

__all__ = ["Door", "Hosts", "Sides", "own_names"]
