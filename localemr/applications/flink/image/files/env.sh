# LocalEMR: settings for every start of Flink, read by bin/config.sh.
export FLINK_CONF_DIR="${FLINK_CONF_DIR:-/etc/flink/conf}" FLINK_LOG_DIR="${FLINK_LOG_DIR:-/var/log/flink-cli}"
export HADOOP_CONF_DIR="${HADOOP_CONF_DIR:-/etc/hadoop/conf}" YARN_CONF_DIR="${YARN_CONF_DIR:-/etc/hadoop/conf}"
export HADOOP_CLASSPATH="${HADOOP_CLASSPATH:-$(< /usr/lib/hadoop/libexec/classpath)}"
