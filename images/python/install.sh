#!/bin/bash
# Fetches Python $VERSION and packages for it, and arranges them below $OUT. Run by images/files/Dockerfile.
#
# An older release of Debian has this Python; its packages are unpacked, not installed, since their names are those of the
# image's own. They come from the mirror that the image uses or, when the release has left the mirrors, from
# Debian's archive of old releases.
set -euo pipefail
mirrors=$(awk '$1 == "URIs:" { print $2 } $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) print $i }' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null || true)
mkdir -p "$OUT" /tmp/debs
while read -r checksum path; do
  file=/tmp/debs/$(basename "$path")
  for mirror in $mirrors http://archive.debian.org/debian; do
    curl -sSfL --retry 3 -o "$file" "${mirror%/}/$path" && break || echo "not at $mirror: $path" >&2
  done
  echo "$checksum  $file" | sha256sum --quiet --strict -c
  dpkg-deb --extract "$file" "$OUT"
done < "version/debs-$(dpkg --print-architecture).sha256"
rm -rf "$OUT"/usr/share/{doc,man,lintian,applications,pixmaps,binfmts,bug}
# Files for other versions, and static libraries.
find "$OUT/usr/lib" -mindepth 1 -maxdepth 1 -name 'python3*' ! -name "python$VERSION" -exec rm -r {} +
find "$OUT" -name '*.a' -delete

library=$OUT/usr/lib/python$VERSION
mkdir -p "$library/ensurepip/_bundled"
cp ensurepip.py "$library/ensurepip/__main__.py"
touch "$library/ensurepip/__init__.py"
pip3 download -q --require-hashes --no-deps --dest "$library/ensurepip/_bundled" -r version/bundled.txt
pip3 install -q --require-hashes --no-deps --no-compile --only-binary :all: --python-version "$VERSION" \
    --platform "manylinux2014_$(uname -m)" --root-user-action ignore \
    --target "$OUT/usr/local/lib/python$VERSION/dist-packages" -r version/requirements.txt
