#!/bin/bash
# Fetches Hadoop's jars ($VERSION) and arranges them below $OUT at EMR's paths. Run by images/files/Dockerfile.
set -euo pipefail
jars=/tmp/jars
fetch-jars "$jars" version/jars.sha256

# Not for this platform, or a database driver that nothing here uses.
rm -f "$jars"/*-osx-*.jar "$jars"/*-linux-aarch_64.jar "$jars"/*-linux-riscv64.jar "$jars"/mssql-jdbc-*.jar

# Java archives no classes of signed jars, and checks each one instead; OpenJDK requires no signature of a security provider.
for jar in "$jars"/bc*-jdk1*.jar; do zip -q -d "$jar" 'META-INF/*.SF' 'META-INF/*.DSA'; done

# Classes of ours in place of Hadoop's: codecs work without libhadoop, a ResourceManager makes no certificate authority, which
# nothing uses (see java/). Hadoop 3.3 lacks a compressor for gzip without libhadoop.
mapfile -t own < <(find java/org version/java -name '*.java' 2> /dev/null)
javac -Xlint:all,-processing,-path,-classfile -Werror -proc:none --release "$JAVA" -cp "$jars/*" -d /tmp/own "${own[@]}"
(cd /tmp/own && zip -q -r -X "$jars/hadoop-yarn-server-resourcemanager-$VERSION.jar" org/apache/hadoop/yarn)
(cd /tmp/own && zip -q -r -X "$jars/hadoop-common-$VERSION.jar" org/apache/hadoop/{io,util})
# LZO by hadoop-lzo's names, which is published in no registry.
mkdir -p /tmp/lzo
javac -Xlint:all,-processing,-path,-classfile -Werror -proc:none --release "$JAVA" -cp "$jars/*" -d /tmp/lzo $(find lzo -name '*.java')
cp -r lzo/META-INF /tmp/lzo/
jar --create --file "$jars/hadoop-lzo.jar" -C /tmp/lzo .
mkdir -p "$OUT/usr/lib/localemr/hadoop/tests"
javac -proc:none --release "$JAVA" -cp "$jars/*" -d "$OUT/usr/lib/localemr/hadoop/tests" java/localemr/hadoop/*.java

lib=$OUT/usr/lib
mkdir -p "$lib"/hadoop/{bin,lib,libexec} "$lib"/hadoop-{hdfs,yarn,mapreduce} "$OUT"/usr/bin "$OUT"/etc/hadoop/conf
# Only HDFS's web pages are used from the test jar.
(cd /tmp && unzip -q "$jars/hadoop-hdfs-$VERSION-tests.jar" 'webapps/*' && zip -q -r -X "$lib/hadoop-hdfs/hadoop-hdfs-webapps-$VERSION.jar" webapps)
rm "$jars/hadoop-hdfs-$VERSION-tests.jar"
mv "$jars"/hadoop-hdfs-*.jar "$lib/hadoop-hdfs/"
mv "$jars"/hadoop-yarn-*.jar "$lib/hadoop-yarn/"
mv "$jars"/hadoop-{mapreduce,streaming,distcp,archives}-*.jar "$lib/hadoop-mapreduce/"
mv "$jars"/hadoop-{annotations,auth,aws,common,registry}-*.jar "$lib/hadoop/"
mv "$jars"/*.jar "$lib/hadoop/lib/"

# The class path in a fixed order: class data archives are only valid for the very same list.
(cd "$OUT" && ls usr/lib/hadoop/*.jar usr/lib/hadoop-{hdfs,yarn,mapreduce}/*.jar usr/lib/hadoop/lib/*.jar) \
    | sed 's|^|/|' | paste -sd: > "$lib/hadoop/libexec/classpath"

# Names without a version, as users know them: /usr/lib/hadoop-mapreduce/hadoop-streaming.jar
for jar in "$lib"/hadoop/*.jar "$lib"/hadoop-*/*.jar; do
  ln -s "$(basename "$jar")" "${jar%-[0-9]*}.jar"
done

mkdir -p "$lib/hadoop-lzo/lib" && ln -s ../../hadoop/lib/hadoop-lzo.jar "$lib/hadoop-lzo/lib/hadoop-lzo.jar"

install -m 755 files/launch "$lib/hadoop/bin/launch"
install -m 644 files/commands "$lib/hadoop/libexec/commands"
# Guice, below all of YARN's web pages, defines classes in java.lang, which Java closes from version 9 on.
if [ "$JAVA" -ge 9 ]; then echo java.base/java.lang; fi > "$lib/hadoop/libexec/opens"
for tool in hadoop hdfs yarn mapred; do
  ln -s ../lib/hadoop/bin/launch "$OUT/usr/bin/$tool"
  ln -s launch "$lib/hadoop/bin/$tool"
done
install -m 644 conf/* "$OUT/etc/hadoop/conf/"
ln -s /etc/hadoop "$lib/hadoop/etc"
install -D -m 644 files/archived "$lib/localemr/archived"
install -D -m 755 files/namenode "$lib/localemr/bin/namenode"
# What finish.sh runs.
mkdir -p "$lib/localemr/hadoop" && cp -p files/build/* "$lib/localemr/hadoop/"
