"""A day of web logs (combined format) and sensor events (JSON lines), compressed with gzip, with malformed lines.

`python data.py FOLDER`; the same each time.
"""

import gzip
import json
import random
import sys
from pathlib import Path

SEED = 20260301
REQUESTS, EVENTS = 60_000, 30_000
BY_HOUR = (3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 11, 12, 12, 11, 10, 10, 11, 13, 14, 12, 8, 5)
PATHS = ("/", "/search?q=red%20shoes", "/cart", "/products/17", "/api/items", "/login", "/static/app.js")
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", 'Bad "quoted" agent', "Приложение/1.0")
BROKEN = (
    b"",
    b"-",
    b"10.0.0.1 - - [01/Mar/2026:10:",
    b"\xff\xfe\x00garbage\x80",
    b'{"device": "s-01", "temperature": ',
)


def request(chance, hour):
    """A line of the web server; more errors at 14:00, when something breaks."""
    status = chance.choices((200, 304, 404, 500, 503), (80, 10, 6, 1, 1) if hour != 14 else (40, 5, 5, 30, 20))[0]
    size = chance.randrange(200, 40_000) if status == 200 else 0
    at = f"01/Mar/2026:{hour:02}:{chance.randrange(60):02}:{chance.randrange(60):02} +0000"
    address = f"10.{chance.randrange(4)}.{chance.randrange(256)}.{chance.randrange(256)}"
    agent = chance.choice(AGENTS).replace('"', '\\"')
    return f'{address} - - [{at}] "GET {chance.choice(PATHS)} HTTP/1.1" {status} {size or "-"} "-" "{agent}"'.encode()


def event(chance, hour):
    """A sensor's measurement in tenths of a degree; some have no temperature."""
    device = f"s-{chance.randrange(1, 9):02}"
    at = f"2026-03-01T{hour:02}:{chance.randrange(60):02}:{chance.randrange(60):02}Z"
    found = {"device": device, "at": at, "temperature": round(chance.gauss(650, 60))}
    if chance.random() < 0.01:
        found["temperature"] = chance.choice((None, "hot"))
    return json.dumps(found).encode()


def lines(make, count, chance):
    """Lines in the order of the hours, two of a hundred malformed."""
    for hour in sorted(chance.choices(range(24), BY_HOUR, k=count)):
        yield chance.choice(BROKEN) if chance.random() < 0.02 else make(chance, hour)


def write(path, content):
    """A file compressed with gzip; the time that is not in it does not change its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in content), mtime=0))


def main(folder):
    """Write the files below the folder, as they lie below s3://…/raw/."""
    # No secrets: a fixed seed is intended.
    chance = random.Random(SEED)
    for number in (1, 2):
        write(Path(folder, "web", f"access-{number}.log.gz"), lines(request, REQUESTS // 2, chance))
    write(Path(folder, "sensors", "events.json.gz"), lines(event, EVENTS, chance))


if __name__ == "__main__":
    main(sys.argv[1])
