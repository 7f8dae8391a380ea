#!/bin/bash
# Compiles s3-dist-cp and command-runner.jar against the node's own Hadoop, runs the tests and arranges them below $OUT
# at EMR's paths.
set -euo pipefail
classpath=$(< /usr/lib/hadoop/libexec/classpath)
copier=$OUT/usr/share/aws/emr/s3-dist-cp/lib runner=$OUT/var/lib/aws/emr/step-runner/hadoop-jars
mkdir -p /tmp/classes "$copier" "$runner" "$OUT/usr/bin"
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "$classpath" -d /tmp/classes \
    localemr/*.java localemr/s3distcp/*.java
java -cp "/tmp/classes:$classpath" localemr.s3distcp.Tests
rm /tmp/classes/localemr/s3distcp/Tests.class
jar --create --file "$copier/s3-dist-cp.jar" --main-class localemr.s3distcp.Main -C /tmp/classes localemr/s3distcp
jar --create --file "$runner/command-runner.jar" --main-class localemr.CommandRunner -C /tmp/classes localemr/CommandRunner.class
install -m 755 launcher "$OUT/usr/bin/s3-dist-cp"
