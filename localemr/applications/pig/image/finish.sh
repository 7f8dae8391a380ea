#!/bin/bash
# Prepares the image that Pig was copied into: the folder of its logs, which users of the command line share; tries a script.
set -euo pipefail
install -d -o root -g hadoop -m 1777 /var/log/pig
cd "$(mktemp -d)"
printf '%s\n' b a b > words
cat > count.pig <<'PIG'
words = LOAD 'words' AS (word:chararray);
counted = FOREACH (GROUP words BY word) GENERATE group, COUNT(words) AS n;
STORE (ORDER counted BY n DESC) INTO 'counted';
PIG
pig -x local count.pig > log 2>&1 || { cat log; exit 1; }
[ "$(cat counted/part-*)" = "$(printf 'b\t2\na\t1')" ] || { cat log counted/part-*; exit 1; }
pig -version | grep -F "version $VERSION"
rm -f /var/log/pig/*
