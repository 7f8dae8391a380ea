"""The sums of all orders by day and country, in plain Python."""

import csv
from decimal import Decimal
from pathlib import Path


def expected(data):
    """(day, country) → number of orders, sum of their amounts, and how many have none yet."""
    with Path(data, "customers.csv").open(newline="") as file:
        country = {row["id"]: row["country"] for row in csv.DictReader(file)}
    found = {}
    with Path(data, "orders.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            count, amount, without = found.get(key := (row["day"], country[row["customer"]]), (0, Decimal(0), 0))
            found[key] = count + 1, amount + Decimal(row["amount"] or 0), without + (not row["amount"])
    return found


def answer(rows):
    """The same from rows of the database, whose columns are day, country, orders, amount, open."""
    return {(day, country): (int(count), Decimal(amount), int(rest)) for day, country, count, amount, rest in rows}
