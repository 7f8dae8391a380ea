#!/bin/bash
# Fetches Pig ($VERSION) and what it needs beside Hadoop and Tez, makes it fit for Java 17, and arranges it below $OUT at
# EMR's paths. Run by images/files/Dockerfile.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/pig catalog=$OUT/usr/lib/hive-hcatalog/share/hcatalog
fetch-jars "$jars" version/jars.sha256 -Dpig.version="$VERSION" -DexcludeTransitive=true

# Operators that Java 17 cannot read back, and calls of old versions of libraries (see java/).
mkdir -p /tmp/build /tmp/patch /tmp/pig && mv "$jars"/{asm,avro}-[0-9]*.jar /tmp/build/
javac -Xlint:all,-processing,-path,-classfile -Werror -cp "/tmp/build/*" -d /tmp/patch java/localemr/pig/Patch.java
(cd /tmp/pig && unzip -q "$jars/pig-$VERSION.jar")
java -cp "/tmp/patch:/tmp/build/*" localemr.pig.Patch /tmp/pig
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "$jars/*:/tmp/build/*" -d /tmp/pig java/localemr/pig/Calls.java
rm "$jars/pig-$VERSION.jar" && (cd /tmp/pig && zip -q -r -X "$jars/pig-$VERSION.jar" .)

mkdir -p "$home"/{bin,lib} "$catalog" "$OUT"/usr/bin "$OUT"/etc/pig/conf
adapter=$(basename "$jars"/hive-hcatalog-pig-adapter-*.jar)
mv "$jars/$adapter" "$catalog/" && ln -s "$adapter" "$catalog/${adapter%-[0-9]*}.jar"
mv "$jars/pig-$VERSION.jar" "$home/" && ln -s "pig-$VERSION.jar" "$home/pig.jar"
mv "$jars/piggybank-$VERSION.jar" "$home/lib/piggybank.jar" && ln -s lib/piggybank.jar "$home/piggybank.jar"
mv "$jars"/*.jar "$home/lib/"
install -m 755 files/pig "$home/bin/pig"
install -m 644 conf/* "$OUT/etc/pig/conf/"
ln -s /etc/pig/conf "$home/conf"
ln -s ../lib/pig/bin/pig "$OUT/usr/bin/pig"
