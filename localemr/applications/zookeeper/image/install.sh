#!/bin/bash
# Fetches ZooKeeper's jars ($VERSION) and arranges them below $OUT at EMR's paths. Run by images/files/Dockerfile.
set -euo pipefail
home=$OUT/usr/lib/zookeeper
mkdir -p "$home"/{bin,lib} "$OUT"/usr/bin "$OUT"/etc/zookeeper/conf
fetch-jars "$home/lib" version/jars.sha256 -Dzookeeper.version="$VERSION"
ln -s "lib/zookeeper-$VERSION.jar" "$home/zookeeper.jar"
install -m 755 files/zkServer.sh files/zkCli.sh "$home/bin/"
ln -s ../lib/zookeeper/bin/zkServer.sh "$OUT/usr/bin/zookeeper-server"
ln -s ../lib/zookeeper/bin/zkCli.sh "$OUT/usr/bin/zookeeper-client"
install -m 644 conf/* "$OUT/etc/zookeeper/conf/"
ln -s /etc/zookeeper/conf "$home/conf"
