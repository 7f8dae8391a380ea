#!/bin/bash
# Fetches Hive's jars ($VERSION), makes them fit for Java 17, and arranges them below $OUT at EMR's paths.
# Run by images/files/Dockerfile.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/hive catalog=$OUT/usr/lib/hive-hcatalog/share/hcatalog
fetch-jars "$jars" version/jars.sha256 -Dhive.version="$VERSION" -DexcludeTransitive=true
(cd patch && fetch-jars /tmp/asm jars.sha256 -DexcludeTransitive=true)

# As Hadoop's: Java archives no classes of signed jars.
for jar in "$jars"/{janino,commons-compiler}-*.jar; do zip -q -d "$jar" 'META-INF/*.SF' 'META-INF/*.DSA'; done

mkdir -p "$home"/{bin,lib,libexec,auxlib,scripts} "$catalog" "$OUT"/usr/bin "$OUT"/etc/hive/conf "$OUT"/usr/lib/localemr/hive
tar xzf "$jars/hive-standalone-metastore-$VERSION-bin.tar.gz" -C /tmp
mv "/tmp/apache-hive-metastore-$VERSION-bin/scripts/metastore" "$home/scripts/"
rm -r "$home"/scripts/metastore/upgrade/{mssql,oracle}
rm "$jars/hive-standalone-metastore-$VERSION-bin.tar.gz"

# Java 17: casts of class loaders, and the serializer of sublists; sessions on Tez that are not open yet; Hadoop's
# Jetty, for HiveServer2 in HTTP mode; the wait for a metastore; and the catalog that a job chooses (see java/).
mkdir -p /tmp/patch /tmp/own /tmp/patched
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "/tmp/asm/*" -d /tmp/patch \
    java/localemr/hive/{Patch,Redirect,Loaders}.java
javac -Xlint:all,-processing,-path,-classfile -Werror --release "$JAVA" -cp "$jars/hive-exec-$VERSION.jar:/tmp/asm/*" -d /tmp/own \
    java/localemr/hive/{Loaders,Sessions,Patience,Catalogs}.java java/org/apache/hadoop/hive/ql/exec/*.java
patch() {
  java -cp "/tmp/patch:/tmp/asm/*" localemr.hive.Patch "$jars/$1-$VERSION.jar" "/tmp/patched/$1.jar" "${@:2}"
  mv "/tmp/patched/$1.jar" "$jars/$1-$VERSION.jar"
}
patch hive-exec CAST,SESSION,SLEEP,CATALOG,TABLE /tmp/own
patch hive-standalone-metastore CAST,SLEEP,CATALOG,TABLE
patch hive-beeline CAST
patch hive-llap-server CAST
patch hive-service THREADS

# The classes by whose jar Hive finds what to upload for Tez and for MapReduce get a small jar of their own: every node
# has Hive, and 40 MB need not go through HDFS.
carrier=$home/lib/hive-carrier-$VERSION.jar
carried=('org/apache/hadoop/hive/ql/exec/tez/DagUtils*.class' 'org/apache/hadoop/hive/ql/exec/mr/ExecDriver*.class')
mkdir /tmp/carrier
(cd /tmp/carrier && unzip -q "$jars/hive-exec-$VERSION.jar" "${carried[@]}" && zip -q -r -X "$carrier" .)
zip -q -d "$jars/hive-exec-$VERSION.jar" "${carried[@]}"

mv "$jars"/hive-hcatalog-*.jar "$catalog/"
mv "$jars"/*.jar "$home/lib/"
for jar in "$home"/lib/hive-*-"$VERSION".jar "$catalog"/*-"$VERSION".jar; do
  ln -s "$(basename "$jar")" "${jar%-"$VERSION".jar}.jar"
done
ln -s /etc/hive/conf "$home/conf"
install -m 755 files/launch "$home/bin/launch"
install -D -m 755 files/hive-metastore "$OUT/usr/lib/localemr/bin/hive-metastore"
# Java closes packages from version 9 on.
if [ "$JAVA" -ge 9 ]; then cat files/opens; fi > "$home/libexec/opens"
for tool in hive beeline schematool hiveserver2 metastore; do
  ln -s launch "$home/bin/$tool"
  ln -s "../lib/hive/bin/launch" "$OUT/usr/bin/$tool"
done
install -m 644 conf/* "$OUT/etc/hive/conf/"
install -D -m 644 postgresql/driverconfig.properties "$OUT/etc/hive/conf/org/postgresql/driverconfig.properties"
# What finish.sh runs.
cp -p files/build/* "$OUT/usr/lib/localemr/hive/"
mkdir -p "$OUT/usr/lib/localemr/hive/tools"
javac -proc:none --release "$JAVA" -cp "$home/lib/*:/tmp/asm/*" -d "$OUT/usr/lib/localemr/hive/tools" java/localemr/hive/{Tests,Database}.java
