#!/bin/bash
# Prepares the image that Flink was copied into: the user and its folders. Users of the command line share its logs.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/flink --create-home --shell /bin/bash flink
install -d -o flink -g hadoop -m 775 /var/log/flink
install -d -o flink -g hadoop -m 1777 /var/log/flink-cli
# Its own file of defaults is there while no cluster's is.
touch /etc/flink/conf/flink-conf.yaml
JAVA_HOME=$JAVA_HOME flink --version | grep -F "Version: $VERSION,"
echo 'SHOW DATABASES;' > /tmp/show.sql
/usr/lib/flink/bin/sql-client.sh -f /tmp/show.sql | grep -F default_database
rm -f /etc/flink/conf/flink-conf.yaml /var/log/flink-cli/*
