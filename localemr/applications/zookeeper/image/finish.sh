#!/bin/bash
# Prepares the image that ZooKeeper was copied into: the user and its folders. It starts, and answers its own client.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/zookeeper --create-home --shell /bin/bash zookeeper
install -d -o zookeeper -g hadoop -m 775 /var/log/zookeeper
install -d -o zookeeper -g zookeeper -m 755 /mnt/var/lib/zookeeper
printf 'dataDir=/tmp/zookeeper\nclientPort=2181\nadmin.enableServer=false\n' > /tmp/zoo.cfg
ZOO_LOG_DIR=/tmp /usr/lib/zookeeper/bin/zkServer.sh start-foreground /tmp/zoo.cfg &
server=$!
for _ in $(seq 100); do
  if (exec 3<> /dev/tcp/127.0.0.1/2181) 2> /dev/null; then break; fi
  sleep 0.1
done
zookeeper-client -server 127.0.0.1:2181 create /made here 2>&1 | grep -F 'Created /made'
kill $server && wait $server || true
