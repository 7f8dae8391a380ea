"""Mapper of Hadoop streaming: lines in; key, lines, failures and amount out, separated by tabs."""

import sys

from lines import parse

malformed = 0
for raw in sys.stdin.buffer:
    key, *numbers = parse(raw.decode(errors="replace").rstrip("\n"))
    malformed += key == "malformed"
    print(key, *numbers, sep="\t")
# A counter of the job, which its page and the step's syslog show.
print(f"reporter:counter:Lines,malformed,{malformed}", file=sys.stderr)
