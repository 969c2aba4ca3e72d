# Debian packages that a script needs: read with "." by quickstart.sh and tests/run.sh.
# shellcheck shell=sh

missing_packages=

# packages_for COMMAND PACKAGE: notes PACKAGE when there is no such command.
packages_for() {
    command -v "$1" >/dev/null || missing_packages="$missing_packages $2"
}

# packages_named PACKAGE...: for packages that bring no command.
packages_named() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: configure says what is missing
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing_packages="$missing_packages $package"
    done
}

# What it takes to build taskgate.
packages_to_build() {
    packages_for gcc gcc
    packages_for make make
    packages_for autoreconf autoconf
    packages_for automake automake
    packages_for pkg-config pkg-config
    packages_named libc6-dev libcrypt-dev libcurl4-openssl-dev libfcgi-dev libjson-c-dev libjwt-dev libpq-dev \
        libseccomp-dev libsodium-dev libsqlite3-dev libssl-dev libtalloc-dev libunistring-dev
}

# packages_install LOG: installs what was noted, asking nothing; ends the script when it can't.
packages_install() {
    test -n "$missing_packages" || return 0
    if ! command -v apt-get >/dev/null; then
        echo "missing, by the names of Debian's packages:$missing_packages" >&2
        exit 1
    elif test "$(id -u)" != 0; then
        echo "packages are missing; run as root: apt-get update &&" \
            "apt-get install --no-install-recommends$missing_packages" >&2
        exit 1
    fi
    echo "installing with apt-get:$missing_packages"
    packages_apt_get </dev/null >"$1" 2>&1 || {
        tail -n 30 "$1" >&2
        echo "apt-get failed (all of its output: $1)" >&2
        exit 1
    }
    packages_services
}

# Debian enables the services of packages; packages_apt_get only keeps them from starting now.
packages_services() {
    for package in $missing_packages; do
        case $package in
        apache2 | fail2ban | lighttpd | pgbouncer | postgresql) service=$package ;;
        nginx-light) service=nginx ;;
        *) continue ;;
        esac
        echo "Debian's own service $service will start at the next boot, unless: systemctl disable $service"
    done
}

# In a subshell, because of the trap. A package's own service must not start: Debian asks this file,
# which is there only for as long as apt-get works.
packages_apt_get() (
    policy=/usr/sbin/policy-rc.d
    if ! test -e $policy; then
        trap 'rm -f $policy' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update || exit 1
    # shellcheck disable=SC2086 # a list of names
    apt-get -q -y --no-install-recommends install $missing_packages
)
