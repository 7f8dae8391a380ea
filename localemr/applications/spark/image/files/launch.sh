# LocalEMR: class data archived for Spark's jars, for all that no setting gave a class path of its own: the submitting side of
# cluster mode, history server, drivers whose settings were left out. Drivers and executors get theirs by spark-defaults.
. /usr/lib/localemr/archived
archived spark
if [[ ${#archive[@]} -gt 0 && ${CMD[1]} == -cp && ${CMD[2]} == "$SPARK_CONF_DIR"/:* ]]; then
  CMD=("${CMD[0]}" "${archive[@]}" -cp "/usr/lib/spark-classpath.jar:${CMD[2]}" "${CMD[@]:3}")
fi
exec "${CMD[@]}"
