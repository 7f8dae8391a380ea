#!/bin/bash
# zkCli.sh, zookeeper-client: ZooKeeper's command line, of localhost:2181 without -server.
home=/usr/lib/zookeeper
export JAVA_HOME=${JAVA_HOME:-/usr/lib/jvm/jre}
. /usr/lib/localemr/archived
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" "${quick[@]}" -Xmx128m -Dzookeeper.root=console -Dzookeeper.console.threshold=WARN ${CLIENT_JVMFLAGS-} \
  -cp "${ZOOCFGDIR:-/etc/zookeeper/conf}:$home/lib/*" org.apache.zookeeper.ZooKeeperMain "$@"
