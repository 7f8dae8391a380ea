"""Reducer and combiner of Hadoop streaming: the sums of each key. Equal keys follow each other."""

import sys
from itertools import groupby

rows = (line.rstrip("\n").split("\t") for line in sys.stdin)
for key, group in groupby(rows, key=lambda row: row[0]):
    numbers = [[int(number) for number in row[1:]] for row in group]
    print(key, *map(sum, zip(*numbers)), sep="\t")
