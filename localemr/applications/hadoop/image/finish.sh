#!/bin/bash
# Prepares the image that Hadoop was copied into: users, folders, a formatted NameNode, archived class data.
set -euo pipefail

groupadd --system hdfsadmingroup
for user in hdfs yarn mapred; do
  useradd --system --gid hadoop --home-dir "/var/lib/hadoop-$user" --create-home --shell /bin/bash "$user"
done
# EMR: user hadoop is a superuser of HDFS.
usermod --append --groups hdfsadmingroup hdfs
usermod --append --groups hdfsadmingroup hadoop

install -d -o hdfs -g hadoop -m 700 /mnt/namenode /mnt/hdfs
install -d -o yarn -g hadoop -m 755 /mnt/yarn
install -d -o hdfs -g hadoop -m 775 /var/log/hadoop-hdfs
install -d -o yarn -g hadoop -m 775 /var/log/hadoop-yarn /var/log/hadoop-yarn/containers
install -d -o mapred -g hadoop -m 775 /var/log/hadoop-mapreduce

"$JAVA_HOME/bin/java" -cp "/usr/lib/localemr/hadoop/tests:$(< /usr/lib/hadoop/libexec/classpath)" localemr.hadoop.Tests
/usr/lib/localemr/hadoop/format
[ -z "$ARCHIVES" ] || /usr/lib/localemr/hadoop/archive-classes
