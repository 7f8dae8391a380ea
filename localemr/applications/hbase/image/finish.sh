#!/bin/bash
# Prepares the image that HBase was copied into: the user and its folders, class paths.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/hbase --create-home --shell /bin/bash hbase
# It makes its root below HDFS's /user, which is HDFS's own.
usermod --append --groups hdfsadmingroup hbase
install -d -o hbase -g hadoop -m 775 /var/log/hbase
libexec=/usr/lib/hbase/libexec
# HBase's own, then ZooKeeper's client, then Hadoop's but its logs: HBase logs with Log4j 2.
{
  printf '%s\n' /usr/lib/hbase/lib/*.jar | LC_ALL=C sort
  printf '%s\n' /usr/lib/zookeeper/lib/zookeeper-*.jar
  tr : '\n' < /usr/lib/hadoop/libexec/classpath | grep -v -E '/(slf4j-reload4j|reload4j|zookeeper|zookeeper-jute)-[0-9][^/]*$'
} | paste -sd: > $libexec/classpath
printf '%s\n' /usr/lib/hbase/lib/shell/*.jar | paste -sd: > $libexec/shell-classpath
# EMR's name for the handler, in the image of a cluster that has Hive too.
[ ! -d /usr/lib/hive/lib ] || ln -s ../../hbase/hive/hive-hbase-handler.jar /usr/lib/hive/lib/hive-hbase-handler.jar
HBASE_LOG_DIR=/tmp hbase version | grep -F "HBase $VERSION"
HBASE_LOG_DIR=/tmp hbase shell --help | grep -F -- --noninteractive
