#!/bin/sh
# Every test of taskgate: installs what they need, builds with sanitizers, runs the unit tests, the
# store on both databases, the integration tests over real web servers, the real Better Auth against
# it, the web client in a browser, then ordinary builds with both compilers and "make distcheck". The last line is
# "N passed, N failed".
#
# The functions that step calls are subshells; inside a condition "set -e" does nothing, so each of
# their commands says itself what its failure means.
# shellcheck disable=SC2317 # those functions are called through step
set -eu

usage() {
    cat <<'USAGE'
usage: sh tests/run.sh [OPTION...]
  --full    the nightly form: 10,000 rounds of each race instead of 500, longer fuzzing
  --fast    without the ordinary builds, the fuzzers, the quickstart and distcheck
  -k EXPR   only the integration tests that pytest's EXPR selects; implies --fast
  --help    this text
Logs and builds are in test-results/.
USAGE
}

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=deploy/packages.sh
. "$root/deploy/packages.sh"

fast=no
full=no
only=
while test $# -gt 0; do
    case $1 in
    --fast) fast=yes ;;
    --full) full=yes ;;
    -k) test $# -ge 2 || { usage >&2 && exit 2; } && only=$2 && fast=yes && shift ;;
    --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE=1
# What the nightly form does more of; tests may look at TASKGATE_FULL.
if test $full = yes; then
    race_rounds=10000
    fuzz_seconds=600
    fuzz_random=0
    export TASKGATE_FULL=1
else
    race_rounds=500
    fuzz_seconds=60
    fuzz_random=1 # the same inputs each time
fi
work=$root/test-results
source=$work/source
jobs=$(getconf _NPROCESSORS_ONLN)
passed=0
failed=0
rm -rf "$work"
mkdir -p "$work/log"

# --- Counting ----------------------------------------------------------------------------------------

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
}

# step NAME COMMAND...: one thing that works or fails; its output is shown when it fails.
step() {
    name=$1
    shift
    begin=$(date +%s)
    if "$@" </dev/null >"$work/log/$name.log" 2>&1; then
        echo "ok      $name ($(($(date +%s) - begin)) s)"
        return 0
    fi
    echo "FAILED  $name ($(($(date +%s) - begin)) s): $*"
    cat "$work/log/$name.log"
    return 1
}

# counted NAME COMMAND...: a step that counts as one test.
counted() {
    if step "$@"; then count 1 0; else count 0 1; fi
}

# cmocka_cases LOG WORD: the sum of cmocka's lines "[  WORD  ] n test(s)" in a log.
cmocka_cases() {
    sed -n "s/^\\[  $2  *\\] \\([0-9][0-9]*\\) test(s).*/\\1/p" "$1" | awk '{ n += $1 } END { print n + 0 }'
}

# count_program PASS|FAIL|SKIP LOG: the cases of a cmocka program; anything else is one test. A test
# that was skipped has failed: everything that tests need was installed.
count_program() {
    good=$(cmocka_cases "$2" PASSED)
    bad=$(cmocka_cases "$2" FAILED)
    bad=$((bad + $(cmocka_cases "$2" SKIPPED)))
    case $1 in
    PASS) test $((good + bad)) -gt 0 || good=1 ;;
    *) test "$bad" -gt 0 || bad=1 ;;
    esac
    count "$good" "$bad"
}

# count_check BUILD: what "make check" left in a build folder; nothing when not all could be built.
count_check() {
    for result in "$1"/tests/*/*.trs; do
        test -f "$result" || { count 0 1 && return; }
        outcome=$(sed -n 's/^:test-result: *//p' "$result" | head -n 1)
        count_program "$outcome" "${result%.trs}.log"
        result=${result%.trs}
        test "$outcome" = PASS || echo "$outcome ${result#"$1"/}"
    done
}

# count_pytest XML: the summary of pytest's report.
count_pytest() {
    summary=$(grep -o '<testsuite [^>]*>' "$1" 2>/dev/null | head -n 1)
    number() { echo "$summary" | sed -n "s/.* $1=\"\\([0-9]*\\)\".*/\\1/p"; }
    tests=$(number tests)
    bad=$(($(number failures) + $(number errors)))
    test "${tests:-0}" -gt 0 || { count 0 1 && return; }
    count $((tests - bad - $(number skipped))) "$bad"
    test "$(number skipped)" = 0 || echo "skipped: $(number skipped) integration tests"
}

# count_node PASS|FAIL LOG: the summary of node's test runner; a test that was not run to its end has
# failed, and something has when the run as a whole did.
count_node() {
    tests=$(sed -n 's/^# tests \([0-9]*\)$/\1/p' "$2" | tail -n 1)
    good=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$2" | tail -n 1)
    bad=$((${tests:-0} - ${good:-0}))
    test "$1" = PASS || test "$bad" -gt 0 || bad=1
    test "${tests:-0}" -gt 0 || bad=1
    count "${good:-0}" "$bad"
}

finish() {
    echo "$passed passed, $failed failed"
    test "$failed" = 0 && exit 0
    exit 1
}

# --- Packages, and a copy of the sources -------------------------------------------------------------

packages_to_build
packages_for clang clang
packages_for llvm-symbolizer llvm
packages_named libclang-rt-dev libcmocka-dev libjansson-dev python3-fastjsonschema
packages_for lighttpd lighttpd
packages_named lighttpd-mod-deflate
packages_for nginx nginx-light
packages_for apache2 apache2
test -e /usr/lib/apache2/modules/mod_fcgid.so || missing_packages="$missing_packages libapache2-mod-fcgid"
test -x /usr/bin/pytest-3 || missing_packages="$missing_packages python3-pytest"
packages_named postgresql pgbouncer
packages_for curl curl
packages_for openssl openssl
packages_for sqlite3 sqlite3
packages_for node nodejs
packages_for npm npm
packages_for chromium chromium
packages_for mandoc mandoc
packages_for systemd-analyze systemd
packages_for fail2ban-regex fail2ban
packages_for logrotate logrotate
packages_for dh debhelper
packages_for dpkg-buildpackage dpkg-dev
packages_for lintian lintian
packages_for faketime faketime
packages_for rpmbuild rpm
packages_for rpmlint rpmlint
packages_for ip iproute2
packages_for shellcheck shellcheck
packages_for valgrind valgrind
packages_for clang-format-14 clang-format-14
packages_install "$work/log/apt.log"

copy_sources() (
    mkdir -p "$source" && cd "$root" || exit 1
    tar -cf - --exclude=./src/gen --exclude='*.o' --exclude='*.a' --exclude=.deps \
        --exclude=__pycache__ --exclude=node_modules ./configure.ac ./Makefile.am ./README.md \
        ./LICENSE ./CHANGES.md ./.clang-format ./src ./sql ./man ./deploy ./tests |
        tar -xf - -C "$source"
    cd "$source" && autoreconf -fi
)

# build NAME CONFIGURE-ARGUMENT...
build() (
    mkdir -p "$work/$1" && cd "$work/$1" || exit 1
    shift
    "$source/configure" "$@" && make -j"$jobs"
)

begun=$(date +%s)
step autoreconf copy_sources || { count 0 1 && finish; }

# --- With sanitizers ---------------------------------------------------------------------------------

sanitized=$work/sanitized
make_check() (
    cd "$sanitized" && make -j"$jobs" check VERBOSE=1
)
if step build-sanitized build sanitized CC=clang --with-sanitizer=address,undefined --enable-werror
then
    count 1 0
else
    count 0 1
    finish
fi
if test -z "$only"; then
    step make-check make_check || true
    count_check "$sanitized"
fi

# --- The store on PostgreSQL; races on both databases ------------------------------------------------

# on_postgresql COMMAND...: runs COMMAND with the URL of a cluster of its own behind it.
on_postgresql() (
    cluster=$(mktemp -d /tmp/taskgate-pg.XXXXXX) && chmod 711 "$cluster" || exit 1
    pg_cluster() { sh "$root/tests/store/pg_cluster.sh" "$@"; }
    trap 'pg_cluster stop "$cluster/pg"; rm -rf "$cluster"' EXIT
    trap 'exit 1' HUP INT TERM
    pg_cluster start "$cluster/pg" && "$@" "$(pg_cluster url "$cluster/pg")"
)

# program NAME COMMAND...: a step that runs a cmocka program.
program() {
    outcome=PASS
    step "$@" || outcome=FAIL
    count_program "$outcome" "$work/log/$1.log"
}

if test -z "$only"; then
    program store-on-postgresql on_postgresql "$sanitized/tests/store/test_store"
    set -- env TASKGATE_RACE_ROUNDS=$race_rounds "$sanitized/tests/race/test_race"
    program races-on-sqlite "$@"
    program races-on-postgresql on_postgresql "$@"
fi

# --- Over real web servers ---------------------------------------------------------------------------

integration() (
    make -C "$sanitized" tests/fuzz/path_witness && cd "$root/tests/integration" || exit 1
    TASKGATE_BIN=$sanitized/taskgate /usr/bin/pytest-3 --junitxml="$work/integration.xml" \
        ${only:+-k "$only"}
)
step integration integration || true
count_pytest "$work/integration.xml"

# --- The real Better Auth ----------------------------------------------------------------------------

# In a copy, because of what npm installs there.
interop() (
    mkdir -p "$work/interop" && cp -R "$source/deploy" "$source/tests" "$work/interop" &&
        cd "$work/interop/tests/interop" && npm ci &&
        TASKGATE_BIN=$sanitized/taskgate timeout -k 5 1800 node --test-reporter=tap run.mjs
)
if test -z "$only"; then
    outcome=PASS
    step interop interop || outcome=FAIL
    count_node "$outcome" "$work/log/interop.log"
fi

# --- The web client in a browser -----------------------------------------------------------------------

web() (
    mkdir -p "$work/web" "$work/screenshots" && cp -R "$source/deploy" "$source/tests" "$work/web" &&
        cd "$work/web/tests/web" && npm ci &&
        TASKGATE_BIN=$sanitized/taskgate TASKGATE_SHOTS=$work/screenshots \
            timeout -k 5 1800 node --test-reporter=tap run.mjs
)
if test -z "$only"; then
    outcome=PASS
    step web web || outcome=FAIL
    count_node "$outcome" "$work/log/web.log"
fi

# --- Ordinary builds ---------------------------------------------------------------------------------

fuzz() (
    mkdir -p "$work/fuzz" && cd "$work/fuzz" &&
        "$source/configure" CC=clang --with-fuzzer --enable-werror &&
        sh "$source/tests/fuzz/run.sh" -j 2 -s "$fuzz_seconds" -r "$fuzz_random" \
            "$work/fuzz"
)
# Figures of one compiler on one processor.
instructions() (
    test "$(uname -m)" = x86_64 || exit 0
    TASKGATE_BIN=$work/gcc/taskgate /usr/bin/python3 "$root/tests/bench/instructions.py"
)
distcheck() (
    cd "$work/gcc" && make -j"$jobs" distcheck
)
fault() (
    cd "$root/tests/fault" || exit 1
    TASKGATE_BIN=$sanitized/taskgate TASKGATE_PLAIN_BIN=$work/gcc/taskgate \
        TASKGATE_FIGURES=$work/log/fault-figures.txt \
        /usr/bin/pytest-3 --junitxml="$work/fault.xml"
)
if test $fast = no; then
    counted build-gcc build gcc CC=gcc --enable-werror
    step fault fault || true
    count_pytest "$work/fault.xml"
    counted build-clang build clang CC=clang --enable-werror
    counted build-without-sqlite build no-sqlite --without-sqlite --enable-werror
    counted build-without-postgresql build no-postgresql --without-postgresql --enable-werror
    counted instructions instructions
    counted fuzz fuzz
    counted quickstart-lighttpd sh "$root/tests/quickstart.sh" lighttpd
    counted quickstart-nginx sh "$root/tests/quickstart.sh" nginx
    counted package sh "$root/tests/package.sh" "$work/package"
    counted rpm sh "$root/tests/rpm.sh" "$work/package"
    counted distcheck distcheck
fi

echo "took $(($(date +%s) - begun)) s; logs are in $work/log"
finish
