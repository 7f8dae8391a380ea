#!/bin/bash
# Prepares the image that Spark was copied into: the user and its folders, archived class data.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/spark --create-home --shell /bin/bash spark
install -d -o spark -g spark -m 775 /var/log/spark
python3 -c 'import pyspark; assert pyspark.__version__ == "'"$VERSION"'"'
"$JAVA_HOME/bin/java" -cp "/usr/lib/localemr/spark/tests:/usr/lib/spark/jars/*:$(< /usr/lib/hadoop/libexec/classpath)" localemr.spark.Tests
[ -z "$ARCHIVES" ] || /usr/lib/localemr/spark/archive-classes
