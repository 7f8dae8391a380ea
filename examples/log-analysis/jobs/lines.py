"""What a line means: for the mapper of Hadoop streaming and for Spark."""

import json
import re

REQUEST = re.compile(r'^\S+ \S+ \S+ \[01/Mar/2026:(\d\d):\d\d:\d\d [+-]\d{4}\] "[A-Z]+ \S+ [^"]*" (\d{3}) (\d+|-) ')
LIMIT = 800
"""Tenths of a degree; a sensor above it is in alarm."""


def parse(line):
    """(key, lines, failures, amount): bytes sent by hour for a request, tenths of a degree by device for a sensor."""
    found = REQUEST.match(line)
    if found:
        hour, status, size = found.groups()
        return f"web {hour}", 1, int(status >= "500"), 0 if size == "-" else int(size)
    try:
        event = json.loads(line)
        device, temperature = event["device"], event["temperature"]
    except (ValueError, TypeError, KeyError):
        return "malformed", 1, 0, 0
    if type(temperature) is not int:
        return "malformed", 1, 0, 0
    return f"sensor {device}", 1, int(temperature > LIMIT), temperature
