#!/bin/bash
# Fetches HBase's jars ($VERSION) and arranges them below $OUT at EMR's paths. Run by images/files/Dockerfile.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/hbase
fetch-jars "$jars" version/jars.sha256 -Dhbase.version="$VERSION"
mkdir -p "$home"/{bin,lib,libexec} "$home/lib/shell" "$OUT"/usr/bin "$OUT"/etc/hbase/conf

# Only the web pages are used from the test jar.
(cd /tmp && unzip -q "$jars/hbase-server-$VERSION-hadoop3-tests.jar" 'hbase-webapps/*')
rm "$jars/hbase-server-$VERSION-hadoop3-tests.jar"
mv /tmp/hbase-webapps "$home/hbase-webapps"
for part in thrift rest; do (cd "$home" && unzip -q -o "$jars"/hbase-$part-*.jar "hbase-webapps/$part/*"); done

# The shell is older: tracing, one of its commands, is no more.
(cd /tmp && unzip -q "$jars"/hbase-shell-*.jar shell.rb && sed -i '/^ *trace$/d' shell.rb && zip -q "$jars"/hbase-shell-*.jar shell.rb)
mv "$jars"/jruby-complete-*.jar "$jars"/hbase-shell-*.jar "$home/lib/shell/"
# What Hive needs to read and write tables of HBase, in a folder for its class path: no logging, no web servers.
mkdir -p "$home/hive"
mv "$jars"/hive-hbase-handler-*.jar "$home/hive/hive-hbase-handler.jar"
mv "$jars"/*.jar "$home/lib/"
for name in hbase-{client,common,server,mapreduce,replication,hadoop-compat,hadoop2-compat,metrics,metrics-api} \
    hbase-{protocol,protocol-shaded,asyncfs,http,logging,procedure,zookeeper,unsafe} hbase-shaded-{gson,miscellaneous,netty,protobuf} opentelemetry-{api,context,semconv} \
    audience-annotations caffeine; do
  for jar in "$home/lib/$name"-[0-9]*.jar; do ln -s "../lib/$(basename "$jar")" "$home/hive/"; done
done
mkdir "$home/hive/conf" && ln -s /etc/hbase/conf/hbase-site.xml "$home/hive/conf/hbase-site.xml"
for jar in "$home"/lib/hbase-*.jar; do
  name=$(basename "$jar") && name=${name%.jar} && name=${name%-hadoop3}
  ln -sf "lib/$(basename "$jar")" "$home/${name%-[0-9]*}.jar"
done
install -m 755 files/hbase "$home/bin/hbase"
install -m 755 files/reason "$home/libexec/reason"
install -m 644 files/commands "$home/libexec/commands"
if [ "$JAVA" -ge 9 ]; then cat files/java-options; fi > "$home/libexec/java-options"
install -m 644 conf/* "$OUT/etc/hbase/conf/"
ln -s /etc/hbase/conf "$home/conf"
ln -s ../lib/hbase/bin/hbase "$OUT/usr/bin/hbase"
