#!/bin/bash
# Fetches the connector for Hadoop, compiles and tests Hive's storage handler, and arranges both below $OUT at EMR's paths.
# Run by images/files/Dockerfile.
set -euo pipefail
fetch-jars /tmp/jars jars.sha256
(cd compile && fetch-jars /tmp/compile jars.sha256 -DexcludeTransitive=true)

mkdir -p /tmp/handler /tmp/tests
javac -Xlint:all,-processing,-path,-classfile,-deprecation -Werror --release "$JAVA" -cp "/tmp/compile/*:/tmp/jars/*" \
    -d /tmp/handler java/org/apache/hadoop/hive/dynamodb/*.java
javac -proc:none --release "$JAVA" -cp "/tmp/handler:/tmp/compile/*:/tmp/jars/*" -d /tmp/tests tests/org/apache/hadoop/hive/dynamodb/*.java
# Hive interns the strings of URIs.
java --add-opens=java.base/java.net=ALL-UNNAMED -cp "/tmp/tests:/tmp/handler:/tmp/compile/*:/tmp/jars/*" org.apache.hadoop.hive.dynamodb.Tests

home=$OUT/usr/share/aws/emr/ddb/lib
mkdir -p "$home"
mv /tmp/jars/emr-dynamodb-hadoop-*.jar "$home/emr-ddb-hadoop.jar"
(cd /tmp/handler && zip -q -r -X "$home/emr-ddb-hive.jar" .)
