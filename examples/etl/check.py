"""Is the table what two days of exports come to? `python check.py DATA OUTPUT` prints a JSON report.

Computed in plain Python, over all lines of both days at once.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path


def countries(data):
    """Customer → country."""
    with Path(data, "customers.csv").open(newline="") as file:
        return {row["customer"]: row["country"] for row in csv.DictReader(file)}


def order(line, known):
    """The order of a line. ValueError with the reason when it is wrong."""
    try:
        found = json.loads(line)
    except ValueError:
        raise ValueError("not JSON") from None
    try:
        datetime.fromisoformat(found["at"].replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("no time") from None
    try:
        amount = Decimal(found["amount"])
    except (InvalidOperation, TypeError):
        raise ValueError("no amount") from None
    if amount <= 0:
        raise ValueError("amount not above 0")
    if found["currency"] not in ("EUR", "USD", "GBP"):
        raise ValueError("unknown currency")
    if found["customer"] not in known:
        raise ValueError("unknown customer")
    return found | {"amount": amount, "country": known[found["customer"]]}


def expected(data):
    """Sums by (day, country, currency); and how many lines of each day were wrong, by reason."""
    known, orders, wrong = countries(data), {}, Counter()
    for path in sorted(Path(data, "orders").glob("day=*/*.json")):
        for line in path.read_text().splitlines():
            try:
                found = order(line, known)
            except ValueError as error:
                wrong[path.parent.name.removeprefix("day="), str(error)] += 1
                continue
            if found["id"] not in orders or orders[found["id"]]["updated"] < found["updated"]:
                orders[found["id"]] = found
    sums = defaultdict(lambda: (0, Decimal(0)))
    for found in orders.values():
        key = found["at"][:10], found["country"], found["currency"]
        sums[key] = sums[key][0] + 1, sums[key][1] + found["amount"]
    return dict(sums), dict(wrong)


def lines(folder):
    """Lines of all files that Spark wrote to a folder."""
    return [line for path in sorted(Path(folder).glob("part-*")) for line in path.read_text().splitlines()]


def answer(output):
    """The same from the table's report and from what was rejected."""
    sums = {
        (row["day"], row["country"], row["currency"]): (int(row["orders"]), Decimal(row["amount"]))
        for row in csv.DictReader(lines(Path(output, "report", "sums")))
    }
    days = Path(output, "rejected").glob("day=*")
    wrong = Counter((day.name.removeprefix("day="), json.loads(line)["wrong"]) for day in days for line in lines(day))
    return sums, dict(wrong)


def rows(sums, wrong):
    """For each day: orders, money by currency, and what was rejected."""
    for day in sorted({day for day, _, _ in sums}):
        here = {key: value for key, value in sums.items() if key[0] == day}
        money = [
            sum(value[1] for key, value in here.items() if key[2] == currency) for currency in ("EUR", "GBP", "USD")
        ]
        count = sum(value[0] for value in here.values())
        rejected = sum(number for (other, _), number in wrong.items() if other == day)
        yield [day, count, *(f"{amount:,.2f}" for amount in money), rejected]


def report(data, output):
    """What a run shows: the table by day, and what was compared."""
    sums, wrong = answer(output)
    wanted_sums, wanted_wrong = expected(data)
    checks = json.loads("".join(lines(Path(output, "report", "checks"))))
    return {
        "title": "Orders by day, after the second day's corrections of the first",
        "columns": ["day", "orders", "EUR", "GBP", "USD", "lines rejected"],
        "rows": list(rows(sums, wrong)),
        "chart": "orders",
        "checks": [
            {
                "what": f"{len(sums)} sums by day, country and currency are those of plain Python",
                "right": sums == wanted_sums,
            },
            {
                "what": f"{sum(wrong.values())} lines were rejected, each for the reason that plain Python finds",
                "right": wrong == wanted_wrong,
            },
            {
                "what": f"the {len(checks)} quality checks found nothing",
                "right": bool(checks) and not any(checks.values()),
            },
        ],
    }


if __name__ == "__main__":
    json.dump(report(*sys.argv[1:3]), sys.stdout)
