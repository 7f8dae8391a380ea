
# LocalEMR: what holds however Spark is started and whatever a cluster's spark-env.sh says.
export HADOOP_CONF_DIR="${HADOOP_CONF_DIR:-/etc/hadoop/conf}" YARN_CONF_DIR="${YARN_CONF_DIR:-/etc/hadoop/conf}"
export SPARK_DIST_CLASSPATH="${SPARK_DIST_CLASSPATH:-$(< /usr/lib/hadoop/libexec/classpath)}"
if [ "${LOCALEMR_PLAIN_JVM:-}" != 1 ]; then
  # Of the daemons alone; a job's own JVMs keep Java's defaults.
  export SPARK_DAEMON_JAVA_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${SPARK_DAEMON_JAVA_OPTS:-}"
fi
