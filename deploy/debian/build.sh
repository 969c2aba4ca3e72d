#!/bin/sh
# Builds the Debian package from this tree: the source package with the tarball of "make dist", then
# the binary package. Everything appears in the folder OUTPUT.
#
# dpkg-buildpackage wants packaging in debian/, at the top. Here it is in deploy/debian/, as one way
# of several to deploy, and is put there in a copy.
#
# usage: build.sh OUTPUT [OPTION OF dpkg-buildpackage]...     (-us -uc unless options are given)
set -eu

test $# -gt 0 || { sed -n 's/^# usage: /usage: /p' "$0" >&2 && exit 64; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
output=$(cd "$1" && pwd)
shift
test $# -gt 0 || set -- -us -uc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same bytes from the same sources, whenever and wherever.
cd "$root/deploy/debian"
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l changelog -S Timestamp)
version=$(dpkg-parsechangelog -l changelog -S Version)
version=${version%-*}
export SOURCE_DATE_EPOCH
# make takes files of the future for newer than all that it makes of them, without end.
test "$SOURCE_DATE_EPOCH" -le "$(date +%s)" || {
    echo "build.sh: the clock is behind the date of deploy/debian/changelog" >&2
    exit 1
}
umask 022

# --- The tarball ----------------------------------------------------------------------------------------

mkdir "$work/tree"
(cd "$root" && tar -cf - --exclude=./src/gen --exclude='*.o' --exclude='*.a' --exclude=.deps \
    --exclude=__pycache__ --exclude=node_modules ./configure.ac ./Makefile.am ./README.md \
    ./LICENSE ./CHANGES.md ./.clang-format ./src ./sql ./man ./deploy ./tests) |
    tar -xf - -C "$work/tree"
cd "$work/tree"
autoreconf -fi
mkdir "$work/build"
cd "$work/build"
"$work/tree/configure" --quiet
make dist-gzip GZIP_ENV=-9n \
    TAR_OPTIONS="--sort=name --owner=0 --group=0 --numeric-owner --mtime=@$SOURCE_DATE_EPOCH"
mv "taskgate-$version.tar.gz" "$output/taskgate_$version.orig.tar.gz"

# --- The packages ---------------------------------------------------------------------------------------

cd "$output"
rm -rf "taskgate-$version"
tar -xf "taskgate_$version.orig.tar.gz"
cp -R "taskgate-$version/deploy/debian" "taskgate-$version/debian"
cd "taskgate-$version"
dpkg-buildpackage "$@"
cd "$output"
rm -rf "taskgate-$version"
