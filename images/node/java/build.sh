#!/bin/bash
# Compiles s3-dist-cp, command-runner.jar and EMRFS's names against the node's own Hadoop, runs the tests and arranges
# them below $OUT at EMR's paths.
set -euo pipefail
classpath=$(< /usr/lib/hadoop/libexec/classpath)
copier=$OUT/usr/share/aws/emr/s3-dist-cp/lib runner=$OUT/var/lib/aws/emr/step-runner/hadoop-jars
emrfs=$OUT/usr/share/aws/emr/emrfs/lib
# hadoop-3.3, hadoop-3.4: what is written in another way for that line of Hadoop.
line=$(basename /usr/lib/hadoop/hadoop-common-[0-9]*.jar | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
mkdir -p /tmp/classes /tmp/emrfs "$copier" "$runner" "$emrfs" "$OUT/usr/bin"
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "$classpath" -d /tmp/classes \
    localemr/*.java localemr/s3distcp/*.java "hadoop-$line"/localemr/s3distcp/*.java
java -cp "/tmp/classes:$classpath" localemr.s3distcp.Tests
rm /tmp/classes/localemr/s3distcp/Tests.class
jar --create --file "$copier/s3-dist-cp.jar" --main-class localemr.s3distcp.Main -C /tmp/classes localemr/s3distcp
jar --create --file "$runner/command-runner.jar" --main-class localemr.CommandRunner -C /tmp/classes localemr/CommandRunner.class
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "$classpath" -d /tmp/emrfs \
    com/amazon/ws/emr/hadoop/fs/*.java org/apache/hadoop/fs/s3/*.java localemr/emrfs/*.java
java -cp "/tmp/emrfs:$classpath" localemr.emrfs.Tests
jar --create --file "$emrfs/emrfs-hadoop-assembly.jar" -C /tmp/emrfs com -C /tmp/emrfs org
install -m 755 launcher "$OUT/usr/bin/s3-dist-cp"
