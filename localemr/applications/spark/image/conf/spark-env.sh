# Replaced when a cluster is configured.
export JAVA_HOME=${JAVA_HOME:-/usr/lib/jvm/jre}
export SPARK_HOME=/usr/lib/spark
export HIVE_CONF_DIR=${HIVE_CONF_DIR:-/etc/hive/conf}
export SPARK_LOG_DIR=${SPARK_LOG_DIR:-/var/log/spark}
export PYSPARK_PYTHON=${PYSPARK_PYTHON:-/usr/bin/python3}
