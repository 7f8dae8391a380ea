#!/bin/bash
# Prepares the image that Presto was copied into: the user and its folders, the class path, archived class data.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/presto --create-home --shell /bin/bash presto
install -d -o presto -g hadoop -m 775 /var/log/presto
install -d -o presto -g presto -m 755 /mnt/var/lib/presto /mnt/var/lib/presto/data
# In a fixed order: an archive of classes is valid for that alone.
printf '%s\n' /usr/lib/presto/lib/*.jar | LC_ALL=C sort | paste -sd: > /usr/lib/presto/libexec/classpath
"$JAVA_HOME/bin/java" -jar /usr/lib/presto/libexec/presto-cli.jar --version | grep -F "$VERSION"
[ -z "$ARCHIVES" ] || bash /usr/lib/localemr/presto/archive-classes
