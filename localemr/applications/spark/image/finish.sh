#!/bin/bash
# Prepares the image that Spark was copied into: the user and its folders, archived class data.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/spark --create-home --shell /bin/bash spark
install -d -o spark -g spark -m 775 /var/log/spark
python3 -c 'import pyspark; assert pyspark.__version__ == "'"$VERSION"'"'
[ -z "$ARCHIVES" ] || /usr/lib/localemr/spark/archive-classes
