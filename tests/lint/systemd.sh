#!/bin/sh
# The units are right, also with each drop-in, and the service is confined: an exposure of at most 1.5
# by systemd's own measure.
# usage: systemd.sh [SOURCE DIRECTORY]
set -eu

units=${1:-${srcdir:-.}}/deploy/systemd
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verify also wants the program and the manual pages to be there.
for unit in taskgate.service taskgate.socket; do
    sed -e '/^Documentation=/d' -e 's|/usr/sbin/taskgate|/bin/true|' "$units/$unit" >"$work/$unit"
done
verified() {
    systemd-analyze verify "$work/taskgate.service" "$work/taskgate.socket" >"$work/said" 2>&1 ||
        echo "exit status $?" >>"$work/said"
    test ! -s "$work/said" || { echo "$1:"; cat "$work/said"; return 1; }
}
verified "the units"
mkdir "$work/taskgate.service.d"
for file in "$units"/*.conf; do
    case $file in */sysusers.conf | */tmpfiles.conf) continue ;; esac
    cp "$file" "$work/taskgate.service.d/drop-in.conf"
    verified "with $file"
    rm "$work/taskgate.service.d/drop-in.conf"
done
systemd-analyze security --no-pager --offline=yes --threshold=15 "$work/taskgate.service" \
    >"$work/said" || { cat "$work/said"; exit 1; }
