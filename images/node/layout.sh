#!/bin/bash
# layout.sh PYTHON
# The folders of the supervisor, and the paths at which users' scripts look for things on EMR.
set -euo pipefail
mkdir -p /var/lib/localemr/{runs,stop,state,measure} /mnt/var/log/localemr
chmod 1777 /var/lib/localemr/measure

# Steps run as hadoop and write their info files themselves.
install -d -o hadoop -g hadoop /mnt/var/lib/info/steps

# Hadoop's launcher takes a folder that is newer than its list of jars for one with added jars.
ln -s ../hadoop-mapreduce/hadoop-streaming.jar /usr/lib/hadoop/hadoop-streaming.jar
touch -r /usr/lib/hadoop/libexec/classpath /usr/lib/hadoop

# Python packages with authorities of their own use the node's (localemr_node/authority.py adds to them).
for file in /usr/local/lib/python3*/{dist,site}-packages/{botocore,certifi}/cacert.pem \
    /usr/{,local/}lib/python3*/dist-packages/pip/_vendor/certifi/cacert.pem; do
  [ ! -e "$file" ] || ln -sf /etc/ssl/certs/ca-certificates.crt "$file"
done
# sudo keeps the variables by which AWS's SDKs find the services.
echo 'Defaults env_keep += "AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_ENDPOINT_URL_* AWS_CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_FILE"' \
  > /etc/sudoers.d/localemr
chmod 440 /etc/sudoers.d/localemr
# EMRFS's names are on every class path: behind the archived classes' jars.
for list in /usr/lib/hadoop/libexec/classpath /usr/lib/hive/libexec/classpath; do
  [ ! -e "$list" ] || echo "$(< "$list"):/usr/share/aws/emr/emrfs/lib/emrfs-hadoop-assembly.jar" > "$list"
done
# JARs that scripts call with `hadoop jar`, at the paths of older releases.
install -d -o hadoop -g hadoop /home/hadoop/{contrib,contrib/streaming,lib,.aws}
ln -s /usr/lib/hadoop-mapreduce/hadoop-streaming.jar /home/hadoop/contrib/streaming/hadoop-streaming.jar
ln -s /usr/share/aws/emr/s3-dist-cp/lib/s3-dist-cp.jar /home/hadoop/lib/emr-s3distcp-1.0.jar
# The JDBC driver of Hive's metastores in MySQL's family, which scripts pass or copy to Spark.
install -d /usr/share/java
for jar in /usr/lib/hive/lib/mariadb-java-client-*.jar; do
  [ ! -e "$jar" ] || ln -s "$jar" /usr/share/java/mariadb-connector-java.jar
done

# The same files, in both folders in which EMR has them.
for file in extraInstanceData.json instance.json job-flow.json job-flow-state.txt userData.json; do
  ln -s "/mnt/var/lib/info/$file" "/mnt/var/lib/instance-controller/$file"
done

# A stand-in has the name of the version for which it stands: a Python's of the release ($1), and those of Java that EMR's
# nodes have beside their own. Scripts and configurations name them.
for tool in python pip; do
  [ -e "/usr/bin/$tool$1" ] || ln -s "${tool}3" "/usr/bin/$tool$1"
done
machine=$(uname -m)
for java in java-1.8.0 jre-1.8.0 java-1.8.0-amazon-corretto java-1.8.0-amazon-corretto."$machine" jre-11 \
    java-11-amazon-corretto java-11-amazon-corretto."$machine" java-17-amazon-corretto java-17-amazon-corretto."$machine"; do
  [ -e "/usr/lib/jvm/$java" ] || ln -s jre "/usr/lib/jvm/$java"
done

# Nodes that are being decommissioned: none yet. ResourceManager and NameNode require the files.
echo '<?xml version="1.0"?><hosts></hosts>' > /emr/instance-controller/lib/yarn.nodes.exclude.xml
touch /emr/instance-controller/lib/dfs.hosts.exclude

# Read by each bash that a NodeManager starts (BASH_ENV): where memory runs out, the kernel ends what runs in containers before
# daemons (localemr_node/shortage.py).
echo '{ echo 800 > /proc/self/oom_score_adj; } 2> /dev/null; unset BASH_ENV' > /usr/lib/localemr/work

# What scripts look at to know the system that their release of EMR has.
case $RELEASE in
  emr-7.*) echo 'Amazon Linux release 2023 (Amazon Linux)' ;;
  *) echo 'Amazon Linux release 2 (Karoo)' ;;
esac > /etc/system-release
