#!/bin/bash
# Prepares the image that Trino was copied into: the user and its folders, the class path, archived class data.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/trino --create-home --shell /bin/bash trino
install -d -o trino -g hadoop -m 775 /var/log/trino
install -d -o trino -g trino -m 755 /mnt/var/lib/trino /mnt/var/lib/trino/data
# In a fixed order: an archive of classes is valid for that alone.
printf '%s\n' /usr/lib/trino/lib/*.jar | LC_ALL=C sort | paste -sd: > /usr/lib/trino/libexec/classpath
"$JAVA_HOME/bin/java" -jar /usr/lib/trino/libexec/trino-cli.jar --version | grep -F "$VERSION"
[ -z "$ARCHIVES" ] || bash /usr/lib/localemr/trino/archive-classes
