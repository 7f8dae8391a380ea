#!/bin/bash
# Fetches Presto's jars and plug-ins ($VERSION) and arranges them below $OUT at EMR's paths. Run by images/files/Dockerfile.
# The archive of Presto's server has 2 GB. This has 340 MB: without pruning it would have 640.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/presto
fetch-jars "$jars" version/jars.sha256 -Dpresto.version="$VERSION"
mkdir -p "$home"/{bin,lib,libexec,plugin} "$OUT"/usr/bin "$OUT"/etc/presto/conf/catalog "$OUT"/usr/lib/localemr/presto

# The web pages' tools, 190 MB unpacked: the pages themselves are beside them.
zip -q -d "$jars/presto-main-$VERSION.jar" 'webapp/src/*'
mv "$jars/presto-cli-$VERSION-executable.jar" "$home/libexec/presto-cli.jar"
for zip in "$jars"/*.zip; do
  name=$(basename "$zip" "-$VERSION.zip")
  unzip -q "$zip" -d /tmp/plugins
  mv "/tmp/plugins/$name-$VERSION" "$home/plugin/${name#presto-}"
  rm "$zip"
done
mv "$jars"/*.jar "$home/lib/"

# What the hive connector has for a cache and for authorization that clusters here do not have.
rm "$home"/plugin/hive-hadoop2/{alluxio-shaded-client,ranger-apache}-*.jar
# ASM 9.0 refuses the classes of Java 17.
for old in "$home"/plugin/*/asm*-9.0.jar; do
  cp "$home/lib/$(basename "$old" 9.0.jar)"[0-9]*.jar "${old%/*}/" && rm "$old"
done
# Each plug-in comes with jars that the server, or another plug-in, has too: one file each.
declare -A known
for jar in "$home"/lib/*.jar "$home"/plugin/*/*.jar; do
  sum=$(sha256sum < "$jar")
  if [ -n "${known[$sum]-}" ]; then ln -sf "/${known[$sum]#"$OUT"/}" "$jar"; else known[$sum]=$jar; fi
done

install -m 755 files/launch "$home/bin/launcher"
install -m 755 files/presto-cli "$OUT/usr/bin/presto-cli"
install -m 755 files/{reason,first-query} "$home/libexec/"
install -m 644 conf/* "$OUT/etc/presto/conf/"
ln -s /etc/presto/conf "$home/etc"
cp -p files/build/* "$OUT/usr/lib/localemr/presto/"
