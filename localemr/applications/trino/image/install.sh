#!/bin/bash
# Fetches Trino's server and command line ($VERSION) and arranges them below $OUT at EMR's paths. Run by images/files/Dockerfile.
# Of the server's plug-ins those stay whose connectors EMR has, and those that are no connectors.
set -euo pipefail
jars=/tmp/jars home=$OUT/usr/lib/trino
fetch-jars "$jars" version/jars.sha256 -Dtrino.version="$VERSION"
mkdir -p "$home"/{bin,libexec,plugin} "$OUT"/usr/bin "$OUT"/etc/trino/conf/catalog "$OUT"/usr/lib/localemr/trino

mapfile -t plugins < <(grep -v '^#' files/build/plugins)
archive=trino-server-$VERSION
# Files that several plug-ins have are links in the archive: to its first one, which may be of a plug-in that goes.
tar xzf "$jars/$archive.tar.gz" -C /tmp "$archive"
mv "$jars/trino-cli-$VERSION-executable.jar" "$home/libexec/trino-cli.jar"
rm -r "$jars"
mv "/tmp/$archive"/{lib,secrets-plugin,NOTICE} "$home/"
mv "${plugins[@]/#//tmp/$archive/plugin/}" "$home/plugin/"
rm -r "/tmp/$archive"

# One file each, of those that several plug-ins have.
declare -A known
while read -r sum jar; do
  if [ -n "${known[$sum]-}" ]; then ln -sfr "${known[$sum]}" "$jar"; else known[$sum]=$jar; fi
done < <(find "$home/lib" "$home/plugin" -name '*.jar' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)

install -m 755 files/launch "$home/bin/launcher"
install -m 755 files/trino-cli "$OUT/usr/bin/trino-cli"
install -m 755 files/reason "$home/libexec/"
install -m 644 conf/* "$OUT/etc/trino/conf/"
ln -s /etc/trino/conf "$home/etc"
cp -p files/build/archive-classes "$OUT/usr/lib/localemr/trino/"
