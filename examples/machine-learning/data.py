"""Customers of a telephone company, and who of them left. `python data.py FOLDER` writes train.csv and test.csv."""

import csv
import math
import random
import sys
from pathlib import Path

SEED = 20260201
ROWS = {"train.csv": 6_000, "test.csv": 2_000}
COLUMNS = ("id", "months", "fee", "calls", "plan", "left")
PLANS = {"prepaid": 0.9, "monthly": 0.3, "yearly": -1.1}
"""What each plan adds to the logarithm of the odds of leaving."""


def customers(count, chance):
    """Rows: months as a customer, monthly fee, calls of the service line, plan, 1 for who left."""
    for number in range(count):
        plan = chance.choice(list(PLANS))
        months = chance.randrange(1, 73)
        fee = round(chance.uniform(10, 90), 2)
        calls = min(9, int(chance.expovariate(0.8)))
        odds = -1.2 - 0.045 * months + 0.018 * fee + 0.55 * calls + PLANS[plan]
        left = chance.random() < 1 / (1 + math.exp(-odds))
        yield (number, months, fee, calls, plan, int(left))


def main(folder):
    """Write both files, as they lie below s3://…/raw/; the same each time."""
    # No secrets: a fixed seed is intended.
    chance = random.Random(SEED)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, count in ROWS.items():
        with Path(folder, name).open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(customers(count, chance))


if __name__ == "__main__":
    main(sys.argv[1])
