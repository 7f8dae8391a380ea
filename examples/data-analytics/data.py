"""Taxi trips of three months, as CSV with a header, one folder a month. `python data.py FOLDER`; the same each time."""

import csv
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20260101
MONTHS = {"2026-01": 31, "2026-02": 28, "2026-03": 31}
TRIPS_A_MONTH = 40_000
BOROUGHS = {"Manhattan": 60, "Brooklyn": 18, "Queens": 14, "Bronx": 5, "Staten Island": 3}
# Trips of an hour beside others: few at night, a peak in the morning, a higher one in the evening.
BY_HOUR = (3, 2, 1, 1, 1, 2, 4, 7, 9, 8, 6, 6, 7, 7, 7, 8, 9, 11, 12, 10, 8, 7, 6, 4)
COLUMNS = ("pickup", "borough", "passengers", "miles", "fare", "tip", "payment", "month")


def trips(month, chance):
    """Rows of a month."""
    first = datetime.fromisoformat(f"{month}-01")
    hours = chance.choices(range(24), BY_HOUR, k=TRIPS_A_MONTH)
    boroughs = chance.choices(list(BOROUGHS), list(BOROUGHS.values()), k=TRIPS_A_MONTH)
    for hour, borough in zip(hours, boroughs, strict=True):
        second = chance.randrange(3600)
        pickup = first + timedelta(days=chance.randrange(MONTHS[month]), hours=hour, seconds=second)
        miles = round(0.4 + chance.expovariate(0.4), 2)
        fare = round(3 + 2.5 * miles + (1 if hour >= 20 or hour < 6 else 0), 2)
        payment = "card" if chance.random() < 0.7 else "cash"
        tip = round(fare * chance.choice((0, 0.1, 0.15, 0.2, 0.25)), 2) if payment == "card" else 0
        people = chance.choices((1, 2, 3, 4), (70, 18, 7, 5))[0]
        yield (pickup, borough, people, f"{miles:.2f}", f"{fare:.2f}", f"{tip:.2f}", payment, month)


def main(folder):
    """Write the files below the folder, as they lie below s3://…/raw/."""
    # No secrets: a fixed seed is intended.
    chance = random.Random(SEED)
    for month in MONTHS:
        path = Path(folder, "trips", f"trips-{month}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(trips(month, chance))


if __name__ == "__main__":
    main(sys.argv[1])
