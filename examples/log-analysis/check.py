"""Do MapReduce and Spark count what is there? `python check.py DATA OUTPUT` prints a JSON report.

Lines are read here in another way than in the jobs: by splitting them.
"""

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

LIMIT = 800


def request(line):
    """Key and numbers of a line of the web server. ValueError or IndexError for any other."""
    stamp, rest = line.partition(" - - [")[2].split("] ", 1)
    _, _, answer = rest.split('"', 2)
    status, size, *_ = answer.split()
    return f"web {stamp.split(':')[1]}", int(int(status) >= 500), 0 if size == "-" else int(size)


def event(line):
    """Key and numbers of a sensor's event. ValueError, TypeError or KeyError for any other line."""
    found = json.loads(line)
    if isinstance(found["temperature"], str):
        raise ValueError("no number")
    return f"sensor {found['device']}", int(found["temperature"] > LIMIT), found["temperature"]


def expected(data):
    """Key → lines, failures, amount."""
    totals = defaultdict(lambda: (0, 0, 0))
    for path, read in ((path, request if path.parent.name == "web" else event) for path in Path(data).rglob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).decode(errors="replace").split("\n")[:-1]:
            try:
                key, failures, amount = read(line)
            except (ValueError, IndexError, TypeError, KeyError):
                key, failures, amount = "malformed", 0, 0
            count, old_failures, old_amount = totals[key]
            totals[key] = count + 1, old_failures + failures, old_amount + amount
    return dict(totals)


def answer(folder):
    """What a job wrote. A key that is there twice is an error."""
    rows = [line.split("\t") for path in sorted(Path(folder).glob("part-*")) for line in path.read_text().splitlines()]
    found = {key: tuple(map(int, numbers)) for key, *numbers in rows}
    if len(found) != len(rows):
        raise SystemExit(f"{folder} has a key twice")
    return found


def report(data, output):
    """What a run shows: requests and errors by hour, and what was compared."""
    wanted, mapreduce, spark = expected(data), answer(Path(output, "mapreduce")), answer(Path(output, "spark"))
    hours = [(key.split()[1], *spark[key]) for key in sorted(spark) if key.startswith("web")]
    lost = wanted["malformed"][0]
    return {
        "title": "Requests by hour, from MapReduce and from Spark",
        "columns": ["hour", "requests", "errors 5xx", "errors %", "MB sent"],
        "rows": [[f"{hour}:00", n, bad, round(100 * bad / n, 1), f"{size / 1e6:.1f}"] for hour, n, bad, size in hours],
        "chart": "errors %",
        "checks": [
            {"what": f"Spark's {len(spark)} keys are those of plain Python", "right": spark == wanted},
            {"what": f"MapReduce's {len(mapreduce)} keys are Spark's", "right": mapreduce == spark},
            {
                "what": f"{lost:,} malformed lines are counted, and none stops a job",
                "right": spark.get("malformed") == (lost, 0, 0),
            },
        ],
    }


if __name__ == "__main__":
    json.dump(report(*sys.argv[1:3]), sys.stdout)
