#!/bin/bash
# zkServer.sh start-foreground [zoo.cfg]: ZooKeeper's server, as the daemon zookeeper-server.
conf=${ZOOCFGDIR:-/etc/zookeeper/conf} home=/usr/lib/zookeeper
[[ ${1-} == start-foreground ]] || { echo "zkServer.sh: only 'start-foreground' here; use systemctl for start, stop and status" >&2; exit 1; }
config=${2:-$conf/zoo.cfg}
export JAVA_HOME=${JAVA_HOME:-/usr/lib/jvm/jre}
. /usr/lib/localemr/archived
logs=${ZOO_LOG_DIR:-/var/log/zookeeper} file=zookeeper-zookeeper-server-$HOSTNAME.log
[[ -f $logs/$file ]] && before=$(stat -c %s "$logs/$file") || before=0
# Unquoted on purpose: it holds several options.
# shellcheck disable=SC2086
"$JAVA_HOME/bin/java" -Dproc_zookeeper-server "${quick[@]}" -Xms16m -XX:NewSize=4m -Xmx"${ZK_SERVER_HEAP:-128}"m \
  -Dzookeeper.log.dir="$logs" -Dzookeeper.log.file="$file" -Dzookeeper.root=file ${SERVER_JVMFLAGS-} \
  -cp "$conf:$home/lib/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "$config" &
server=$!
trap 'kill $server 2> /dev/null || true' TERM
code=0
wait $server || code=$?
wait $server 2> /dev/null || true
# What was wrong, for the cluster's reason: the cause of the last error.
if [[ $code != 0 && -n ${LOCALEMR_NOTE-} ]]; then
  [[ $(stat -c %s "$logs/$file" 2> /dev/null || echo 0) -ge $before ]] || before=0
  tail -c +$((before + 1)) "$logs/$file" 2> /dev/null | grep -E '^(Caused by: |[a-z][A-Za-z0-9.$]*(Exception|Error): )' |
    tail -n 1 | sed -E 's/^(Caused by: )?([a-z][A-Za-z0-9_$]*\.)*//' > "$LOCALEMR_NOTE" || true
fi
exit $code
