#!/bin/sh
# The Debian package: a second build, at another place and time, has the same bytes; lintian finds
# nothing; on a machine it is installed, used behind nginx, Apache and lighttpd without systemd, upgraded,
# removed and purged.
#
# The machine is an overlay on this one, or with --bare on a Debian with no more than its essential
# packages; what was written to it in the end the purge has left.
#
# usage: package.sh [--bare FOLDER] [OUTPUT]
#     FOLDER    as "debootstrap --variant=minbase" makes it; is not changed
#     OUTPUT    where the packages are left
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
bare=
if test "${1-}" = --bare; then
    bare=$(cd "$2" && pwd)
    shift 2
fi
# shellcheck source=tests/machine.sh
. "$root/tests/machine.sh"
output=${1:-$work/first}

# --- Two builds ----------------------------------------------------------------------------------------

# The tests of the sources run elsewhere.
DEB_BUILD_OPTIONS="nocheck parallel=$(getconf _NPROCESSORS_ONLN)"
export DEB_BUILD_OPTIONS
say "building"
quietly sh "$root/deploy/debian/build.sh" "$output"
say "building in another folder, year, zone and language, on another host, for another user"
mkdir "$work/another"
(cd "$root" && tar -cf - --exclude=./.git --exclude=./test-results --exclude=./src/gen \
    --exclude='*.o' --exclude='*.a' --exclude=node_modules .) | tar -xf - -C "$work/another"
(
    umask 077
    export TZ=Asia/Tokyo LC_ALL=C.UTF-8 USER=another HOME="$work/another"
    # The clock only: make compares the true times of files.
    # shellcheck disable=SC2016 # for the shell inside
    quietly unshare --uts sh -c 'hostname another && NO_FAKE_STAT=1 exec faketime "2031-02-03 04:05:06" sh "$@"' - \
        "$work/another/deploy/debian/build.sh" "$work/a-second/folder"
)

# unpack PACKAGE FOLDER: what is in it, with a list that has owners, modes and times.
unpack() {
    mkdir -p "$2"
    case $1 in
    *.deb) dpkg-deb -R "$1" "$2/files" && dpkg-deb -c "$1" >"$2/list" ;;
    *.tar.*) tar -xf "$1" -C "$2" && tar -tvf "$1" >"$2/list" ;;
    *) cp "$1" "$2/file" ;;
    esac
}
for file in "$output"/*.deb "$output"/*.dsc "$output"/*.tar.*; do
    second=$work/a-second/folder/${file##*/}
    cmp "$file" "$second" && continue
    unpack "$file" "$work/differ/first"
    unpack "$second" "$work/differ/second"
    (cd "$work/differ" && diff -r first second) | head -n 60
    fail "two builds have different bytes: ${file##*/}"
done

say "lintian"
lintian --display-info --pedantic --fail-on error,warning,info,pedantic \
    "$output"/taskgate_*.changes

deb=$(ls "$output"/taskgate_*.deb)
version=$(dpkg-deb -f "$deb" Version)
say "making a next version"
dpkg-deb -R "$deb" "$work/next"
sed -i "s/^Version: .*/&+next/" "$work/next/DEBIAN/control"
echo '# Of the next version.' >>"$work/next/etc/taskgate/taskgate.conf"
quietly dpkg-deb -b "$work/next" "$work/next.deb"

# --- The machine ---------------------------------------------------------------------------------------

apt_get() { enter --ipc apt-get -q -y --no-install-recommends "$@"; } # with our network

lower=/
if test -n "$bare"; then
    say "installing what the package depends on"
    assemble "$bare" "$layers/packages"
    cp -R /etc/apt/. "$machine/etc/apt/"
    cp /etc/resolv.conf /etc/hosts "$machine/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$machine/usr/sbin/policy-rc.d"
    chmod 755 "$machine/usr/sbin/policy-rc.d"
    quietly apt_get update
    quietly apt_get satisfy "$(dpkg-deb -f "$deb" Depends), apache2, lighttpd, lighttpd-mod-deflate, nginx-light, curl, openssl"
    umount -R "$machine"
    lower=$layers/packages:$bare
fi
assemble "$lower" "$written"
cp "$deb" "$machine/tmp/first.deb"
cp "$work/next.deb" "$machine/tmp/next.deb"
install -m 755 "$root/deploy/debian/tests/round-trip" "$machine/tmp/"

conf=$machine/etc/taskgate/taskgate.conf
secret=$machine/etc/taskgate/secret
database=$machine/var/lib/taskgate/taskgate.db

say "installing $version"
inside dpkg -i /tmp/first.deb
is "$secret" 640 root:taskgate
is "$conf" 640 root:taskgate
is "$machine/var/lib/taskgate" 700 taskgate:taskgate
is "$machine/run/taskgate" 2750 taskgate:www-data
grep -qE '^[0-9a-f]{64}$' "$secret" || fail "the secret is not 32 random bytes"
cp "$secret" "$work/secret"

say "round trips without systemd"
inside /tmp/round-trip nginx
rm -rf "$machine/run/taskgate" # as after a start of the machine
inside /tmp/round-trip apache again
inside /tmp/round-trip lighttpd again
is "$database" 600 taskgate:taskgate

say "upgrade to a version that changes the settings, which were edited"
echo 'LIST_SHAPE=tasks' >>"$conf"
cp "$conf" "$work/conf"
inside dpkg -i --force-confold /tmp/next.deb
cmp "$secret" "$work/secret"
cmp "$conf" "$work/conf"
is "$conf" 640 root:taskgate
inside dpkg-query -W taskgate | grep -q 'next$' || fail "the next version is not installed"
inside /tmp/round-trip nginx again

say "the way back, with the settings of the package"
inside dpkg -i --force-confnew /tmp/first.deb
cmp "$secret" "$work/secret"
cmp "$conf.dpkg-old" "$work/conf"
# They may hold a password.
is "$conf.dpkg-old" 640 root:taskgate
is "$conf" 640 root:taskgate
inside /tmp/round-trip nginx again
cp "$work/conf" "$conf"
inside dpkg -i --force-confold /tmp/next.deb

say "removal"
inside dpkg -r taskgate
test ! -e "$machine/usr/sbin/taskgate" || fail "the program is still there"
cmp "$secret" "$work/secret"
cmp "$conf" "$work/conf"
test -s "$database" || fail "the database is gone"
inside dpkg -i /tmp/next.deb
inside /tmp/round-trip nginx again

# --- What is left --------------------------------------------------------------------------------------

# What was written and is there still, but for the lists of dpkg and of users, and what web servers left.
left() {
    (cd "$written" && find . ! -type d -o -path '*taskgate*' | sort) | grep -vE \
        -e '^\./var/(lib/dpkg|cache|log/(dpkg|alternatives)\.log|(log|lib)/(apache2|lighttpd|nginx))' \
        -e '^\./etc/(apache2/|lighttpd/|nginx/|\.pwd\.lock|(passwd|group|shadow|gshadow)-?$)' || true
}

say "purge"
inside dpkg -P taskgate
left | tee "$work/left"
printf '%s\n' ./var/lib/taskgate ./var/lib/taskgate/taskgate.db | cmp - "$work/left" ||
    fail "a purge leaves something else than the database"

say "purge of everything"
inside dpkg -i /tmp/next.deb
cmp -s "$secret" "$work/secret" && fail "a new installation has the secret of an old one"
inside env TASKGATE_PURGE_DATABASE=yes dpkg -P taskgate
left | tee "$work/left"
test ! -s "$work/left" || fail "a purge of everything leaves something"

# --- Without the package -------------------------------------------------------------------------------

say "what the README says of a service from source"
cp -R "$root/deploy" "$machine/tmp/"
sed -n '/^### As a service, from source/,/^```$/{/^[a-zA-Z(]/p;}' "$root/README.md" |
    sed '/^After the build/d; /^systemctl /d' >"$machine/tmp/service.sh"
grep -q '^chgrp ' "$machine/tmp/service.sh" || fail "the README has other lines"
inside sh -euc 'cd /tmp && . ./service.sh'
is "$conf" 640 root:taskgate
is "$machine/var/lib/taskgate" 700 taskgate:taskgate
is "$machine/run/taskgate" 2750 taskgate:www-data
grep -qE '^BETTER_AUTH_SECRET=[0-9a-f]{64}$' "$conf" || fail "the secret is not 32 random bytes"
echo "the package works"
