#!/bin/bash
# Prepares the image that the server was copied into: the user and its folders, compiled modules.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/livy --create-home --shell /bin/bash livy
install -d -o livy -g hadoop -m 775 /var/log/livy
install -d -o livy -g livy -m 700 /mnt/var/lib/livy
python3.11 -m compileall -q /usr/lib/livy/lib
# It starts: it reads its settings, of which one is wrong.
mkdir /tmp/livy && echo 'livy.server.port none' > /tmp/livy/livy.conf
{ LIVY_CONF_DIR=/tmp/livy setpriv --reuid livy --clear-groups /usr/lib/livy/bin/livy-server run || true; } 2>&1 | grep -F 'does not start'
rm -rf /mnt/var/lib/livy/* /var/log/livy/*
