#!/bin/bash
# Prepares the image that Hive was copied into: the user and its folders, class paths, the metastore's database.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /var/lib/hive --create-home --shell /bin/bash hive
install -d -o hive -g hive -m 755 /var/lib/hive/metastore
install -d -o hive -g hadoop -m 775 /var/log/hive
install -d -o root -g root -m 1777 /var/log/hive/user

build=/usr/lib/localemr/hive
python3 "$build/classpath"
mapfile -t opens < <(sed 's/.*/--add-opens=&=ALL-UNNAMED/' /usr/lib/hive/libexec/opens)
"$JAVA_HOME/bin/java" "${opens[@]}" -cp "$build/tools:$(< /usr/lib/hive/libexec/classpath)" localemr.hive.Tests
bash "$build/make-schema"
[ -z "$ARCHIVES" ] || bash "$build/archive-classes"
