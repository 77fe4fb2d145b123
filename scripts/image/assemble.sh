#!/bin/sh
# Lays out the image's files in DESTDIR, which is made if missing and must be empty:
#
#   /usr/local/bin/jieda     the program: JIEDA_BINARY, else target/dist/jieda
#   /opt/jieda               sample articles, models, example configuration, licence
#   /var/lib/jieda           the data volume, for the program's own account
#   /etc/ssl/certs           this machine's certificate authorities, if it has any, for https:// receivers and downloads
#
# Needs no network and no privileges; the test `image` runs it.
set -eu

destination="${1:?usage: assemble.sh DESTDIR}"
source="$(cd "$(dirname "$0")/../.." && pwd)"
binary="${JIEDA_BINARY:-$source/target/dist/jieda}"

fail() {
  echo "assemble.sh: $*" >&2
  exit 1
}

[ -x "$binary" ] && [ -f "$binary" ] || fail "$binary is not a program: run scripts/image/build.sh first"
mkdir -p "$destination"
[ -z "$(ls -A "$destination")" ] || fail "$destination is not empty"
# A copied folder brings its permissions along, the image's root included.
chmod 755 "$destination"
umask 022

mkdir -p "$destination/usr/local/bin" "$destination/opt/jieda" "$destination/var/lib"
install -m 755 "$binary" "$destination/usr/local/bin/jieda"
for item in kb models config.example.toml LICENSE NOTICE; do
  cp -R "$source/$item" "$destination/opt/jieda/"
done
rm -rf "$destination/opt/jieda/models/train"
find "$destination/opt/jieda" -type d -exec chmod 755 {} +
find "$destination/opt/jieda" -type f -exec chmod 644 {} +
mkdir -m 700 "$destination/var/lib/jieda"

authorities=/etc/ssl/certs/ca-certificates.crt
if [ -f "$authorities" ]; then
  mkdir -p "$destination/etc/ssl/certs"
  install -m 644 "$authorities" "$destination$authorities"
fi
