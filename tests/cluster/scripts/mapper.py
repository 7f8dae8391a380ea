#!/usr/bin/python3
"""A streaming mapper: each word, once."""

import sys

for line in sys.stdin:
    for word in line.split():
        print(f"{word}\t1")
