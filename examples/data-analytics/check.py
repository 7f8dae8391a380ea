"""Are the answers of Spark SQL, Hive and Presto those of another program? `python check.py DATA OUTPUT` prints JSON.

The other program is DuckDB where it is installed, else plain Python.
"""

import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

QUESTION = """
select borough, hour(pickup), count(*), sum(fare), sum(tip)
from read_csv('{files}', header=true, types={{'fare': 'DECIMAL(8,2)', 'tip': 'DECIMAL(8,2)'}})
where payment = 'card' group by all
"""


def by_duckdb(data):
    """(borough, hour) → (trips, fares, tips). ImportError without DuckDB."""
    import duckdb

    rows = duckdb.sql(QUESTION.format(files=f"{data}/trips/*.csv")).fetchall()
    return {(borough, hour): (trips, fares, tips) for borough, hour, trips, fares, tips in rows}


def by_python(data):
    """The same in plain Python."""
    totals = defaultdict(lambda: (0, Decimal(0), Decimal(0)))
    for path in Path(data, "trips").glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["payment"] == "card":
                    key = row["borough"], int(row["pickup"][11:13])
                    trips, fares, tips = totals[key]
                    totals[key] = trips + 1, fares + Decimal(row["fare"]), tips + Decimal(row["tip"])
    return dict(totals)


def expected(data):
    """The name of the other program, and its answer."""
    try:
        return "DuckDB", by_duckdb(data)
    except ImportError:
        return "plain Python", by_python(data)


def ranked(totals):
    """With the rank of each hour in its borough; equal numbers of trips have equal ranks."""
    counts = defaultdict(set)
    for (borough, _), (trips, _, _) in totals.items():
        counts[borough].add(trips)
    return {
        (borough, hour): (*values, 1 + sum(other > values[0] for other in counts[borough]))
        for (borough, hour), values in totals.items()
    }


def answer(folder):
    """What an engine wrote: CSV without a header in any number of files."""
    rows = []
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        if not path.name.startswith(("_", ".")):
            rows += csv.reader(path.read_text().splitlines())
    return {
        (borough, int(hour)): (int(trips), Decimal(fares), Decimal(tips), int(rank))
        for borough, hour, trips, fares, tips, rank in rows
    }


def report(data, output):
    """What a run shows: trips and money by hour over all boroughs, and what was compared."""
    name, totals = expected(data)
    wanted = ranked(totals)
    engines = {"Spark SQL": "spark", "Hive": "hive", "Presto": "presto"}
    found = {engine: answer(Path(output, folder)) for engine, folder in engines.items()}
    hours = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for (_, hour), (trips, fares, tips, _) in found["Spark SQL"].items():
        hours[hour] = [old + new for old, new in zip(hours[hour], (trips, fares, tips), strict=True)]
    return {
        "title": "Trips paid by card, by hour of the day (Spark SQL)",
        "columns": ["hour", "trips", "fares $", "tips $"],
        "rows": [
            [f"{hour:02}:00", n, f"{fares:,.2f}", f"{tips:,.2f}"] for hour, (n, fares, tips) in sorted(hours.items())
        ],
        "chart": "trips",
        "checks": [
            {"what": f"{engine}'s {len(rows)} rows are those of {name}", "right": rows == wanted}
            for engine, rows in found.items()
        ],
    }


if __name__ == "__main__":
    json.dump(report(*sys.argv[1:3]), sys.stdout)
