#!/bin/sh
# Which lines and branches of src/ the tests reach: builds with clang's instrumentation, runs the unit
# tests, the store on PostgreSQL and the integration tests, and prints a line for each folder and what
# no test reaches in a file. Fails where a goal is missed: 95 % of the lines and 85 % of the branches,
# and of sec/, auth/ and http/ 98 % of the lines: what is left there are failures of libraries.
# usage: coverage.sh [--unit]     --unit: without the integration tests
# The packages are those of tests/run.sh. All is in test-results/coverage/.
set -eu

unit=no
case ${1:-} in
'') ;;
--unit) unit=yes ;;
*) sed -n 's/^# usage: /usage: /p' "$0" >&2 && exit 2 ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/test-results/coverage
rm -rf "$work"
mkdir -p "$work/build" "$work/raw" "$work/log"

# The counters are a mapped file, so that a worker counts behind its sandbox, and until it is killed.
flags="-O1 -g -fprofile-instr-generate=$work/raw/%m%c.profraw -fcoverage-mapping"
flags="$flags -mllvm -runtime-counter-relocation"
build() (
    cd "$root" && autoreconf -i && cd "$work/build" && "$root/configure" CC=clang CFLAGS="$flags" &&
        make -j"$(getconf _NPROCESSORS_ONLN)" && make -j"$(getconf _NPROCESSORS_ONLN)" check TESTS=
)
check() (
    cd "$work/build" && make -k check
)
store() (
    cluster=$(mktemp -d /tmp/taskgate-pg.XXXXXX) && chmod 711 "$cluster" || exit 1
    trap 'sh "$root/tests/store/pg_cluster.sh" stop "$cluster/pg"; rm -rf "$cluster"' EXIT
    sh "$root/tests/store/pg_cluster.sh" start "$cluster/pg" &&
        "$work/build/tests/store/test_store" "$(sh "$root/tests/store/pg_cluster.sh" url "$cluster/pg")"
)
integration() (
    cd "$root/tests/integration" && TASKGATE_BIN=$work/build/taskgate /usr/bin/pytest-3
)

# step NAME: a failure is told and passed over, because there is something to count all the same.
step() {
    "$1" >"$work/log/$1.log" 2>&1 || echo "FAILED  $1: $work/log/$1.log"
}
step build
step check
step store
test $unit = yes || step integration

llvm-profdata merge -sparse "$work"/raw/*.profraw -o "$work/profile"
set --
for program in "$work"/build/tests/*/*; do
    test -x "$program" && ! test -d "$program" && set -- "$@" -object "$program"
done
llvm-cov export -format=lcov -instr-profile "$work/profile" "$work/build/taskgate" "$@" >"$work/lcov"
awk -F'[:,]' '
function percent(part, all) { return all ? 100 * part / all : 100 }
function line(name) {
    printf "%-12s %5d of %5d lines %6.2f %%   %5d of %5d branches %6.2f %%\n", name,
        hit[name], lines[name], percent(hit[name], lines[name]),
        taken[name], branches[name], percent(taken[name], branches[name])
}
/^SF:/ {
    file = sub(/^.*\/src\//, "", $2) ? $2 : ""
    folder = index(file, "/") ? substr(file, 1, index(file, "/") - 1) : file
    if (file ~ /^gen\//) file = ""
}
file == "" { next }
/^DA:/ {
    lines[folder]++; lines["all"]++
    if ($3 > 0) { hit[folder]++; hit["all"]++ } else missed[file] = missed[file] " " $2
}
/^BRDA:/ {
    branches[folder]++; branches["all"]++
    if ($5 != "-" && $5 > 0) { taken[folder]++; taken["all"]++ }
}
END {
    for (file in missed) print file ":" missed[file] | "sort"
    close("sort")
    for (folder in lines) if (folder != "all") line(folder)
    line("all")
    bad = !lines["all"] || percent(hit["all"], lines["all"]) < 95 ||
        percent(taken["all"], branches["all"]) < 85
    for (i = split("sec auth http", guarded, " "); i > 0; i--)
        bad = bad || percent(hit[guarded[i]], lines[guarded[i]]) < 98
    exit bad
}' "$work/lcov"
