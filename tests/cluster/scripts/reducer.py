#!/usr/bin/python3
"""A streaming reducer: how often each word came."""

import sys
from collections import Counter

counts = Counter()
for line in sys.stdin:
    word, count = line.split("\t")
    counts[word] += int(count)
for word, count in sorted(counts.items()):
    print(f"{word}\t{count}")
