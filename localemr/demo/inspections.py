"""The demo's data: synthetic restaurant inspections, reproducible by seed, and the expected result in plain Python."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

SEED = 20090331
ROWS = 120_000
LIMIT = 10
COLUMNS = (
    "name",
    "business_id",
    "city",
    "inspection_date",
    "inspection_type",
    "inspection_score",
    "inspection_result",
    "violation_type",
    "violation_description",
    "violation_points",
)

# Commas, quotation marks, an apostrophe, letters beyond ASCII: real names contain them, and careless CSV code fails on
# them.
_FIRST = (
    "Blue Heron", "Café Olé", "Copper Kettle", "Golden Wok", "Harbor Light", "Juniper & Sage", "La Piñata",
    "Lucky Star", "Mama Rosa's", "Old Mill", "Pike Street", "Red Lantern", "Smith, Jones & Daughters", "Sunny Side",
    'The "Original"', "Twin Peaks", "Üsküdar", "Velvet Bean", "White Anchor", "Wild Rice",
)  # fmt: skip
_SECOND = (
    "Bakery", "Bar & Grill", "Bistro", "Burger", "Coffee", "Deli", "Diner", "Kitchen", "Noodle House", "Pizza", "Pub",
    "Sandwiches", "Seafood", "Sushi", "Taqueria", "Tea House",
)  # fmt: skip
_CITIES = ("Auburn", "Bellevue", "Burien", "Kent", "Kirkland", "Redmond", "Renton", "Seattle", "Shoreline", "Tukwila")
_RED = (
    ("Hand washing facilities not adequate", 10),
    ("Potentially hazardous food at wrong temperature", 25),
    ("Raw meat above ready-to-eat food", 15),
    ("Room temperature storage of cooked food", 25),
    ("Food worker ill, not excluded", 20),
)
_BLUE = (
    ("Floors, walls, ceilings not clean", 2),
    ("Food contact surfaces worn", 3),
    ("Permit not displayed", 2),
    ("Wiping cloths not stored in sanitizer", 5),
    ("No thermometer in refrigerator", 3),
)

Row = tuple[str, ...]
Totals = list[tuple[str, int]]


def rows(count: int = ROWS, seed: int = SEED) -> Iterator[Row]:
    """The inspections, one row for each violation found."""
    # No secrets: a fixed seed is intended.
    chance = random.Random(seed)
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    # Squared, so that some establishments are inspected far more often than others.
    weights = [chance.random() ** 2 + 0.05 for _ in names]
    businesses = {name: (f"B{number:05d}", chance.choice(_CITIES)) for number, name in enumerate(names, 1)}
    first_day = date(2024, 1, 1)
    for name in chance.choices(names, weights, k=count):
        kind = chance.choices(("RED", "BLUE", ""), (35, 45, 20))[0]
        description, points = chance.choice(_RED if kind == "RED" else _BLUE) if kind else ("", 0)
        yield (
            name,
            *businesses[name],
            (first_day + timedelta(days=chance.randrange(730))).isoformat(),
            chance.choice(("Routine", "Routine", "Routine", "Return", "Consultation")),
            str(points + chance.randrange(20)),
            "Unsatisfactory" if points >= 10 else "Satisfactory",
            kind,
            description,
            str(points),
        )


def as_csv(data: Iterable[Row]) -> str:
    """The rows as CSV (RFC 4180) with a header row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(data)
    return text.getvalue()


def top_red(text: str, limit: int = LIMIT) -> Totals:
    """The establishments with the most RED violations: the expected result of the step. Ties are ordered by name."""
    found = csv.DictReader(io.StringIO(text))
    totals = Counter(row["name"] for row in found if row["violation_type"] == "RED")
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:limit]


def read_result(parts: Iterable[str]) -> Totals:
    """The step's result from the CSV files that it wrote, each with a header row."""
    return [
        (row["name"], int(row["total_red_violations"])) for part in parts for row in csv.DictReader(io.StringIO(part))
    ]
