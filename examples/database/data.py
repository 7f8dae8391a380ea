"""Writes a store's customers and orders: `python data.py FOLDER`. The same each time."""

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path

CUSTOMERS, ORDERS, DAYS = 400, 20_000, 28
COUNTRIES = ("DE", "ES", "FR", "GB", "IT", "SE")
NAMES = ("Ada", "Jürgen", "Zoë", "Søren", "O'Neil", "Łucja", "")
"""An empty one is NULL in the database."""


def main(folder):
    """Both files."""
    chance, folder = random.Random(17), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "customers.csv", ("id", "name", "country"), customers(chance))
    write(folder / "orders.csv", ("id", "customer", "day", "amount"), orders(chance))


def customers(chance):
    """Rows of the table of customers."""
    for number in range(1, CUSTOMERS + 1):
        yield number, chance.choice(NAMES), chance.choice(COUNTRIES)


def orders(chance):
    """Rows of the table of orders; an order in a hundred has no amount yet."""
    for number in range(1, ORDERS + 1):
        day = date(2026, 2, 1) + timedelta(chance.randrange(DAYS))
        amount = "" if chance.random() < 0.01 else f"{chance.lognormvariate(3, 1):.2f}"
        yield number, chance.randint(1, CUSTOMERS), day, amount


def write(path, columns, rows):
    """A CSV file with a header."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows((columns, *rows))


if __name__ == "__main__":
    main(sys.argv[1])
