#!/bin/bash
# Gives Java $VERSION the names that it has on EMR, and the certificate authorities of the image.
set -euo pipefail
home=/usr/lib/jvm/jre-$VERSION
for name in java-"$VERSION"-amazon-corretto java-"$VERSION"-amazon-corretto."$(uname -m)"; do
  ln -s "jre-$VERSION" "/usr/lib/jvm/$name"
done
[ ! -e /etc/ssl/certs/java/cacerts ] || ln -sf /etc/ssl/certs/java/cacerts "$home/lib/security/cacerts"
# The JDK's own archive of classes, which wheels lack.
"$home/bin/java" -Xshare:dump > /dev/null
"$home/bin/java" -version 2>&1 | grep -F "version \"$VERSION"
