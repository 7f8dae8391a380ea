#!/bin/bash
# Fetches Tez's jars ($VERSION) and arranges them below $OUT/usr/lib/tez. Run by images/files/Dockerfile.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/tez
fetch-jars "$jars" version/jars.sha256 -Dtez.version="$VERSION" -DexcludeTransitive=true

mkdir -p "$home/lib" "$OUT/etc/tez/conf"
mv "$jars"/{tez-*,hadoop-shim-*}.jar "$home/"
mv "$jars"/*.jar "$home/lib/"
for jar in "$home"/*-"$VERSION".jar; do
  ln -s "$(basename "$jar")" "${jar%-"$VERSION".jar}.jar"
done
ln -s /etc/tez/conf "$home/conf"

# Tez's logging names an appender that Hadoop no longer has.
logging=tez-container-log4j.properties
unzip -q "$home/tez-dag-$VERSION.jar" $logging -d /tmp/logging
sed -i 's/, EventCounter$//; /EventCounter/d' /tmp/logging/$logging
(cd /tmp/logging && zip -q -X "$home/tez-dag-$VERSION.jar" $logging)
