#!/bin/sh
# The Debian package: a second build, at another place and time, has the same bytes; lintian finds
# nothing; on a machine it is installed, used behind nginx without systemd, upgraded, removed and
# purged.
#
# The machine is an overlay on this one, or with --bare on a Debian with no more than its essential
# packages: what is written lands in a folder, and what that holds in the end the purge has left.
# Processes and network of the machine are its own.
#
# usage: package.sh [--bare FOLDER]   FOLDER: as "debootstrap --variant=minbase" makes it; is not changed
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
bare=
test "${1-}" != --bare || bare=$(cd "$2" && pwd)
work=$(mktemp -d /tmp/taskgate-package.XXXXXX)
machine=$work/machine
layers=$work/layers
written=$layers/written

say() { echo "--- $*"; }
fail() {
    echo "package.sh: $*" >&2
    exit 1
}
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    umount -R "$machine" 2>/dev/null || true
    umount "$layers" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# --- Two builds ----------------------------------------------------------------------------------------

# quietly COMMAND...: its output is shown when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; fail "failed: $*"; }
}

# The tests of the sources run elsewhere.
DEB_BUILD_OPTIONS="nocheck parallel=$(getconf _NPROCESSORS_ONLN)"
export DEB_BUILD_OPTIONS
say "building"
quietly sh "$root/deploy/debian/build.sh" "$work/first"
say "building in another folder, zone and language, and a little later"
mkdir "$work/another"
(cd "$root" && tar -cf - --exclude=./.git --exclude=./test-results --exclude=./src/gen \
    --exclude='*.o' --exclude='*.a' --exclude=node_modules .) | tar -xf - -C "$work/another"
(
    umask 077
    export TZ=Asia/Tokyo LC_ALL=C.UTF-8
    quietly sh "$work/another/deploy/debian/build.sh" "$work/a-second/folder"
)
for file in "$work"/first/*.deb "$work"/first/*.dsc "$work"/first/*.tar.*; do
    cmp "$file" "$work/a-second/folder/${file##*/}"
done

say "lintian"
lintian --display-info --pedantic --fail-on error,warning,info,pedantic \
    "$work"/first/taskgate_*.changes

deb=$(ls "$work"/first/taskgate_*.deb)
version=$(dpkg-deb -f "$deb" Version)
say "making a next version"
dpkg-deb -R "$deb" "$work/next"
sed -i "s/^Version: .*/&+next/" "$work/next/DEBIAN/control"
quietly dpkg-deb -b "$work/next" "$work/next.deb"

# --- The machine ---------------------------------------------------------------------------------------

# assemble LOWER UPPER: the machine from these folders of $layers.
assemble() {
    mkdir -p "$2" "$layers/scratch"
    mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$layers/scratch" overlay "$machine"
    mount --bind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/run"
    mount -t tmpfs tmpfs "$machine/tmp"
}

# enter OPTION OF unshare COMMAND...: on the machine; what still runs behind it is killed.
enter() {
    option=$1
    shift
    # shellcheck disable=SC2016 # for the shell inside
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        unshare --mount --pid --fork --kill-child "$option" sh -euc '
            mount -t proc proc "$0/proc"
            ip link set lo up
            exec chroot "$0" "$@"' "$machine" "$@"
}
inside() { enter --net "$@"; }
apt_get() { enter --ipc apt-get -q -y --no-install-recommends "$@"; } # with our network

mkdir -p "$machine" "$layers"
mount -t tmpfs -o mode=755 tmpfs "$layers"
lower=/
if test -n "$bare"; then
    say "installing what the package depends on"
    assemble "$bare" "$layers/packages"
    cp -R /etc/apt/. "$machine/etc/apt/"
    cp /etc/resolv.conf /etc/hosts "$machine/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$machine/usr/sbin/policy-rc.d"
    chmod 755 "$machine/usr/sbin/policy-rc.d"
    quietly apt_get update
    quietly apt_get satisfy "$(dpkg-deb -f "$deb" Depends), nginx-light, curl"
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

# is FILE MODE OWNER: as seen from the machine.
is() {
    found=$(inside stat -c '%a %U:%G' "${1#"$machine"}")
    test "$found" = "$2 $3" || fail "$1 is $found instead of $2 $3"
}

say "installing $version"
inside dpkg -i /tmp/first.deb
is "$secret" 640 root:taskgate
is "$conf" 640 root:taskgate
is "$machine/var/lib/taskgate" 700 taskgate:taskgate
is "$machine/run/taskgate" 2750 taskgate:www-data
grep -qE '^[0-9a-f]{64}$' "$secret" || fail "the secret is not 32 random bytes"
cp "$secret" "$work/secret"

say "round trip without systemd"
inside /tmp/round-trip
is "$database" 600 taskgate:taskgate

say "upgrade"
echo 'LIST_SHAPE=tasks' >>"$conf"
cp "$conf" "$work/conf"
inside dpkg -i /tmp/next.deb
cmp "$secret" "$work/secret"
cmp "$conf" "$work/conf"
is "$conf" 640 root:taskgate
inside dpkg-query -W taskgate | grep -q 'next$' || fail "the next version is not installed"
inside /tmp/round-trip again

say "removal"
inside dpkg -r taskgate
test ! -e "$machine/usr/sbin/taskgate" || fail "the program is still there"
cmp "$secret" "$work/secret"
cmp "$conf" "$work/conf"
test -s "$database" || fail "the database is gone"
inside dpkg -i /tmp/next.deb
inside /tmp/round-trip again

# --- What is left --------------------------------------------------------------------------------------

# What was written and is there still, but for the lists of dpkg and of users, and what nginx left.
left() {
    (cd "$written" && find . ! -type d -o -path '*taskgate*' | sort) | grep -vE \
        -e '^\./var/(lib/dpkg|cache|log/(dpkg|alternatives)\.log|log/nginx|lib/nginx)' \
        -e '^\./etc/(nginx/|\.pwd\.lock|(passwd|group|shadow|gshadow)-?$)' || true
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
echo "the package works"
