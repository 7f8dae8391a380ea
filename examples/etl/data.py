"""Two days of a store's orders (JSON lines) and its customers (CSV), as they come. `python data.py FOLDER`.

With what real exports have: orders that come twice, that are corrected a day later, without an amount, below zero, in
an unknown currency, for unknown customers, and lines that are cut off.
"""

import csv
import json
import random
import sys
from pathlib import Path

SEED = 20260302
DAYS = ("2026-03-01", "2026-03-02")
ORDERS_A_DAY = 8_000
CUSTOMERS = 500
COUNTRIES = ("DE", "FR", "IT", "PL", "PT")
CURRENCIES = ("EUR", "USD", "GBP")


def customers(chance):
    """Rows of the customers; names with commas, quotation marks and letters beyond ASCII."""
    for number in range(1, CUSTOMERS + 1):
        name = chance.choice(("Anna Müller", "Smith, John", 'Eva "Evi" Łukasz', "João Sá", "O'Neil"))
        yield (f"c{number:04}", name, chance.choice(COUNTRIES))


def order(number, day, chance):
    """A correct order."""
    at = f"{day}T{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}Z"
    amount = f"{chance.uniform(1, 300):.2f}"
    customer = f"c{chance.randrange(1, CUSTOMERS + 1):04}"
    currency = chance.choice(CURRENCIES)
    return {
        "id": f"o{number:06}",
        "at": at,
        "updated": at,
        "customer": customer,
        "currency": currency,
        "amount": amount,
    }


def spoiled(found, chance):
    """The order with one error."""
    member, value = chance.choice(
        (
            ("amount", None),
            ("amount", "-5.00"),
            ("amount", "12,50"),
            ("currency", "XXX"),
            ("customer", "c9999"),
            ("at", "soon"),
        )
    )
    return found | {member: value}


def exports(chance):
    """Lines of each day. The second has corrections of orders of the first."""
    earlier, number = [], 0
    for day in DAYS:
        orders = [order(number + offset, day, chance) for offset in range(ORDERS_A_DAY)]
        number += ORDERS_A_DAY
        late = [
            found | {"amount": "9.99", "updated": f"{day}T00:00:01Z"}
            for found in chance.sample(earlier, len(earlier) // 40)
        ]
        twice = chance.sample(orders, ORDERS_A_DAY // 50)
        broken = [spoiled(order(number + 900_000 + each, day, chance), chance) for each in range(ORDERS_A_DAY // 40)]
        lines = [json.dumps(each) for each in (*orders, *late, *twice, *broken)]
        lines += [line[: len(line) // 2] for line in chance.sample(lines, 20)]
        chance.shuffle(lines)
        yield day, lines
        earlier = orders


def main(folder):
    """Write the files below the folder, as they lie below s3://…/raw/; the same each time."""
    # No secrets: a fixed seed is intended.
    chance = random.Random(SEED)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with Path(folder, "customers.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("customer", "name", "country"))
        writer.writerows(customers(chance))
    for day, lines in exports(chance):
        path = Path(folder, "orders", f"day={day}", "export.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(sys.argv[1])
