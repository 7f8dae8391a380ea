
# LocalEMR: settings for every start of Spark, with every spark-env.sh of a cluster.
export HADOOP_CONF_DIR="${HADOOP_CONF_DIR:-/etc/hadoop/conf}" YARN_CONF_DIR="${YARN_CONF_DIR:-/etc/hadoop/conf}"
export SPARK_DIST_CLASSPATH="${SPARK_DIST_CLASSPATH:-$(< /usr/lib/hadoop/libexec/classpath)}"
if [ "${LOCALEMR_PLAIN_JVM:-}" != 1 ]; then
  # Of daemons and of the JVM that only composes a command line; jobs' own JVMs keep collector and compilers.
  export SPARK_DAEMON_JAVA_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${SPARK_DAEMON_JAVA_OPTS:-}"
  export SPARK_LAUNCHER_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${SPARK_LAUNCHER_OPTS:-}"
  # Every node has PySpark: it need not be sent to them.
  export PYSPARK_ARCHIVES_PATH="${PYSPARK_ARCHIVES_PATH:-$(printf ',local:%s' "$SPARK_HOME"/python/lib/*.zip)}"
  PYSPARK_ARCHIVES_PATH=${PYSPARK_ARCHIVES_PATH#,}
fi
