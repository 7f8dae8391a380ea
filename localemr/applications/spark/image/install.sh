#!/bin/bash
# Fetches Spark ($VERSION) and arranges it below $OUT/usr/lib/spark. Run by images/files/Dockerfile.
set -euo pipefail
pip3 download -q --require-hashes --no-deps --no-binary :all: --no-build-isolation --dest /tmp/sdist \
    -r version/requirements.txt
tar xzf /tmp/sdist/pyspark-"$VERSION".tar.gz -C /tmp
sdist=/tmp/pyspark-$VERSION home=$OUT/usr/lib/spark
mkdir -p "$home/python" "$home/examples/src/main" "$home/yarn" "$OUT/usr/bin" "$OUT/etc/spark/conf"

# The catalog that a job chooses, and EMR's classes that configurations name (see java/). Compiled where Hadoop's API still is.
(cd patch && fetch-jars /tmp/asm jars.sha256)
client=org/apache/hadoop/hive/metastore/HiveMetaStoreClient.class metastore=$(echo "$sdist"/deps/jars/hive-metastore-*.jar)
mkdir -p /tmp/patch /tmp/catalog /tmp/names "$OUT/usr/lib/localemr/spark/tests"
javac -Xlint:all -Werror -cp "/tmp/asm/*" -d /tmp/patch java/localemr/spark/Patch.java
javac -nowarn -proc:none --release "$JAVA" -cp "$sdist/deps/jars/*" -d /tmp/catalog java/localemr/spark/Catalogs.java
(cd /tmp/catalog && unzip -q "$metastore" "$client" && java -cp "/tmp/patch:/tmp/asm/*" localemr.spark.Patch "$client" && zip -q -r -X "$metastore" .)
find java/com java/org -name '*.java' -exec javac -nowarn -proc:none --release "$JAVA" -cp "$sdist/deps/jars/*" -d /tmp/names {} +
(cd /tmp/names && zip -q -r -X "$sdist/deps/jars/localemr-emr-names.jar" .)
javac -nowarn -proc:none --release "$JAVA" -cp "$sdist/deps/jars/*" -d "$OUT/usr/lib/localemr/spark/tests" java/localemr/spark/Tests.java

# Hadoop's own jars are those of this image, Zstandard's library among them; there is no Kubernetes and no Mesos here.
rm -f "$sdist"/deps/jars/{hadoop-client-,hadoop-shaded-,hadoop-yarn-,kubernetes-,spark-kubernetes,mesos-,spark-mesos,zstd-jni-}*.jar \
      "$sdist"/deps/jars/*-osx-*.jar "$sdist"/deps/jars/*-linux-aarch_64.jar "$sdist"/deps/bin/*.cmd
mv "$sdist"/deps/{bin,sbin,jars,data,licenses} "$home/"
mv "$sdist/deps/examples" "$home/examples/src/main/python"
mv "$sdist/pyspark" "$sdist/lib" "$home/python/"
rm -rf "$home"/python/pyspark/{python,jars,bin,sbin,data,examples,licenses} "$home/bin/docker-image-tool.sh"
ln -s /etc/spark/conf "$home/conf"
# With this file Spark's launchers do not take this for a source tree (spark-example then finds its jars).
echo "Spark $VERSION" > "$home/RELEASE"

# The shuffle service inside the NodeManagers, and a JDBC driver; see pom.xml for their versions.
fetch-jars /tmp/fetched jars.sha256 -DexcludeTransitive=true
mv /tmp/fetched/postgresql-*.jar "$home/jars/"
mv /tmp/fetched/*.jar "$home/yarn/"
# They get a class loader of their own with the libraries of Spark, apart from the versions of Hadoop.
for jar in netty- jackson-{core,annotations,databind}-2 metrics-core- \
    commons-{lang3,crypto}- RoaringBitmap- shims- leveldbjni- rocksdbjni- scala-library- protobuf-; do
  for file in "$home/jars/$jar"*.jar; do [ ! -e "$file" ] || ln -s "../jars/$(basename "$file")" "$home/yarn/"; done
done

# The examples' jar is published nowhere: the best-known classes, written anew.
mkdir -p /tmp/classes "$home/examples/jars"
javac -nowarn --release "$JAVA" -cp "$home/jars/*" -d /tmp/classes examples/*.java
jar --create --file "$home/examples/jars/spark-examples.jar" -C /tmp/classes .

for tool in spark-class spark-shell spark-sql spark-submit pyspark; do
  printf '#!/bin/bash\nexport SPARK_HOME=/usr/lib/spark\nexec "$SPARK_HOME/bin/%s" "$@"\n' "$tool" > "$OUT/usr/bin/$tool"
done
sed 's/spark-submit/run-example/' "$OUT/usr/bin/spark-submit" > "$OUT/usr/bin/spark-example"
chmod 755 "$OUT"/usr/bin/*
cat files/env.sh >> "$home/bin/load-spark-env.sh"
# The launcher needs its own jar alone. launch.sh runs its command.
sed -i -e 's|^  LAUNCH_CLASSPATH="$SPARK_JARS_DIR/\*"$|  LAUNCH_CLASSPATH=$(echo "$SPARK_JARS_DIR"/spark-launcher_*.jar)|' \
    -e '/^exec "${CMD\[@\]}"$/d' "$home/bin/spark-class"
grep -q 'spark-launcher_' "$home/bin/spark-class" && ! grep -q '^exec' "$home/bin/spark-class"
cat files/launch.sh >> "$home/bin/spark-class"
mkdir -p "$OUT/usr/lib/localemr/spark" && cp -p files/build/* "$OUT/usr/lib/localemr/spark/"
install -m 644 conf/* "$OUT/etc/spark/conf/"

# import pyspark works in the nodes' own python3, as on EMR.
site=$OUT/usr/lib/python3/dist-packages
mkdir -p "$site"
printf '%s\n' /usr/lib/spark/python "/usr/lib/spark/python/lib/$(basename "$home"/python/lib/py4j-*-src.zip)" > "$site/spark.pth"
