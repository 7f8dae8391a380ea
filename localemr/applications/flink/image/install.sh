#!/bin/bash
# Fetches Flink ($VERSION) and arranges it below $OUT/usr/lib/flink. Run by images/files/Dockerfile.
# Python's package index has the distribution in two parts: the libraries, and scripts with PyFlink.
set -euo pipefail
pip3 download -q --require-hashes --no-deps --no-binary :all: --no-build-isolation --dest /tmp/sdist \
    -r version/requirements.txt
home=$OUT/usr/lib/flink
mkdir -p "$home/plugins/s3-fs-hadoop" "$home/examples/streaming" "$OUT/usr/bin" "$OUT/etc/flink/conf"
for part in apache-flink-libraries apache-flink; do
  tar xzf "/tmp/sdist/$part-$VERSION.tar.gz" -C /tmp "$part-$VERSION/deps"
done
libraries=/tmp/apache-flink-libraries-$VERSION/deps scripts=/tmp/apache-flink-$VERSION/deps
mv "$libraries"/{lib,opt,licenses} "$home/"
mv "$libraries"/plugins/* "$home/plugins/"
mv "$scripts/bin" "$home/"
mv "$libraries/bin/bash-java-utils.jar" "$home/bin/"
rm -rf "$home"/bin/*.bat "$home"/bin/{kubernetes-,pyflink-}* "$home/plugins/external-resource-gpu"

# S3's file system for checkpoints and sinks, what the SQL client is made of, and an example.
fetch-jars /tmp/jars version/jars.sha256 -Dflink.version="$VERSION" -DexcludeTransitive=true
mv "/tmp/jars/flink-s3-fs-hadoop-$VERSION.jar" "$home/plugins/s3-fs-hadoop/"
mv "/tmp/jars/flink-sql-gateway-$VERSION.jar" "$home/opt/"
mv "/tmp/jars/flink-examples-streaming-$VERSION-WordCount.jar" "$home/examples/streaming/WordCount.jar"

cat files/env.sh "$home/bin/config.sh" > /tmp/config.sh && mv /tmp/config.sh "$home/bin/config.sh"
# Hadoop 3.3's jline is too old for the SQL client. Flink 1.20 has this order.
sed -i 's/\$INTERNAL_HADOOP_CLASSPATHS:\$FLINK_SQL_CLIENT_JAR/$FLINK_SQL_CLIENT_JAR:$INTERNAL_HADOOP_CLASSPATHS/' "$home/bin/sql-client.sh"
chmod 755 "$home"/bin/*.sh "$home/bin/flink"
for command in flink:flink flink-yarn-session:yarn-session.sh; do
  printf '#!/bin/bash\nexec /usr/lib/flink/bin/%s "$@"\n' "${command#*:}" > "$OUT/usr/bin/${command%:*}"
done
chmod 755 "$OUT"/usr/bin/*
install -m 644 conf/* "$OUT/etc/flink/conf/"
ln -s /etc/flink/conf "$home/conf"
