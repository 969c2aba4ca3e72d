#!/bin/sh
# The RPM package, built on Debian: from the tarball of "make dist", with the macros of Fedora that
# Debian lacks. It has the files that the Debian package has; on a machine it is installed, used behind
# nginx, and removed.
# usage: rpm.sh FOLDER    where deploy/debian/build.sh has put the Debian package and the tarball
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
debian=$(cd "$1" && pwd)
# shellcheck source=tests/machine.sh
. "$root/tests/machine.sh"
spec=$root/deploy/rpm/taskgate.spec

# --- Building ------------------------------------------------------------------------------------------

version=$(rpmspec -q --srpm --qf '%{version}' "$spec")
mkdir "$work/sources"
cp "$debian/taskgate_$version.orig.tar.gz" "$work/sources/taskgate-$version.tar.gz" ||
    fail "the spec has another version than the tarball: $version"

# What Fedora's systemd-rpm-macros and redhat-rpm-config say, as far as the spec asks.
set -- --define "_topdir $work/rpm" --define "_sourcedir $work/sources" \
    --define '_unitdir /usr/lib/systemd/system' \
    --define '_sysusersdir /usr/lib/sysusers.d' --define '_tmpfilesdir /usr/lib/tmpfiles.d' \
    --define '_sharedstatedir /var/lib' \
    --define 'systemd_post() : %*' --define 'systemd_preun() : %*' \
    --define 'systemd_postun() : %*' --define 'systemd_postun_with_restart() : %*'

say "building"
quietly rpmbuild "$@" -ba --nodeps --nocheck --define "_smp_mflags -j$(getconf _NPROCESSORS_ONLN)" \
    "$spec"
rpm=$(ls "$work"/rpm/RPMS/*/taskgate-"$version"-*.rpm)

say "rpmlint"
rpmlint --strict --config "$root/deploy/rpm/rpmlint.toml" "$spec" "$rpm"

# --- The files -----------------------------------------------------------------------------------------

# One form of both packages' names: Debian's old place for units, and compressed pages of the manual.
names() { sed -e 's|^\.||' -e 's|^/lib/systemd|/usr/lib/systemd|' -e 's|\.gz$||' | sort; }
dpkg-deb --fsys-tarfile "$debian"/taskgate_*.deb | tar -tf - | grep -v '/$' | names |
    grep -vE '^/usr/share/(lintian/|doc/taskgate/(README.Debian|changelog|copyright))' >"$work/deb"
rpm -qlp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$rpm" | sed -n 's/^[^d][^ ]* //p' | names |
    grep -vE '^/usr/share/(licenses/|doc/taskgate/(CHANGES|README.rpm))|^/usr/lib/\.build-id' \
        >"$work/rpm-files"
diff "$work/deb" "$work/rpm-files" || fail "the two packages have different files"

# --- The machine ---------------------------------------------------------------------------------------

assemble / "$written"
cp "$rpm" "$machine/tmp/taskgate.rpm"
install -m 755 "$root/deploy/debian/tests/round-trip" "$machine/tmp/"

say "installing"
inside rpm -i --nodeps /tmp/taskgate.rpm
inside systemd-tmpfiles --create taskgate.conf # Fedora's systemd has a trigger for this
conf=$machine/etc/taskgate/taskgate.conf
secret=$machine/etc/taskgate/secret
is "$conf" 640 root:taskgate
is "$secret" 640 root:taskgate
grep -qE '^[0-9a-f]{64}$' "$secret" || fail "the secret is not 32 random bytes"
is "$machine/var/lib/taskgate" 700 taskgate:taskgate
is "$machine/run/taskgate" 2750 taskgate:taskgate-web
grep -qx 'SocketGroup=taskgate-web' "$machine/usr/lib/systemd/system/taskgate.socket" ||
    fail "the socket has another group"

say "round trip"
inside usermod -a -G taskgate-web www-data
inside /tmp/round-trip nginx
database=$machine/var/lib/taskgate/taskgate.db
is "$database" 600 taskgate:taskgate

say "removal"
cp "$secret" "$work/secret"
echo 'LIST_SHAPE=tasks' >>"$conf"
inside rpm -e --nodeps taskgate
test ! -e "$machine/usr/sbin/taskgate" || fail "the program is still there"
cmp "$secret" "$work/secret"
test -s "$database" || fail "the database is gone"
grep -q '^LIST_SHAPE=tasks$' "$conf.rpmsave" || fail "changed settings are gone"
echo "the RPM package works"
