#!/bin/sh
# Runs the fuzz targets of a build that was configured --with-fuzzer (README.md tells how), from the
# seeds of the tree. A line for each; what broke a promise stays in the build's folder.
set -eu

usage() {
    cat <<'USAGE'
usage: sh tests/fuzz/run.sh [-j JOBS] [-s SECONDS] BUILD [TARGET...]
  -j JOBS     how many targets at a time (1)
  -s SECONDS  how long each (60)
  -r NUMBER   libFuzzer's random numbers begin with this one, for a run that can be repeated
  BUILD       the folder where "configure --with-fuzzer CC=clang" (libFuzzer) or CC=afl-clang-fast
              (AFL++) was run
  TARGET      cgi, json, ...; all of them when none is named
What is found is kept in BUILD/corpus/TARGET and gone on from; logs are in BUILD/log.
USAGE
}

here=$(cd "$(dirname "$0")" && pwd)
jobs=1
seconds=60
random=0
one=no
while getopts j:s:r:1 option; do
    case $option in
    j) jobs=$OPTARG ;;
    s) seconds=$OPTARG ;;
    r) random=$OPTARG ;;
    1) one=yes ;; # not for people: run one target, which was built
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if test $# = 0 || ! test -f "$1/Makefile"; then usage >&2 && exit 2; fi
cd "$1"
shift

# libfuzzer NAME: ordinary inputs take far less than 20 s and 1 GiB.
libfuzzer() {
    "tests/fuzz/fuzz_$1" -max_total_time="$seconds" -seed="$random" -max_len=4096 -timeout=20 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$PWD/corpus/$1-" ${dict:+"-dict=$dict"} \
        "corpus/$1" "$here/seeds/$1" >"log/$1.log" 2>&1
}
libfuzzer_figures() {
    awk '/^stat::number_of_executed_units/ { runs = $2 }
        /^stat::average_exec_per_sec/ { rate = $2 }
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") edges = $(i + 1); if ($i == "ft:") features = $(i + 1) } }
        END { printf "%d executions, %d/s, %d edges, %d features", runs, rate, edges, features }' \
        "log/$1.log"
}

# afl NAME: afl-fuzz counts what it finds and goes on, so its folders are looked at.
afl() {
    AFL_AUTORESUME=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 \
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
        afl-fuzz -V "$seconds" -t 5000 -m none -i "$here/seeds/$1" -o "corpus/$1" ${dict:+-x "$dict"} \
        -- "tests/fuzz/fuzz_$1" >"log/$1.log" 2>&1 &&
        test -z "$(find "corpus/$1/default/crashes" "corpus/$1/default/hangs" -name 'id:*')"
}
afl_figures() {
    awk '$1 == "execs_done" { runs = $3 } $1 == "execs_per_sec" { rate = $3 }
        $1 == "edges_found" { edges = $3 } $1 == "corpus_count" { inputs = $3 }
        END { printf "%d executions, %d/s, %d edges, %d inputs", runs, rate, edges, inputs }' \
        "corpus/$1/default/fuzzer_stats"
}

if grep -q '^CC = .*afl' Makefile; then engine=afl; else engine=libfuzzer; fi
if test $one = yes; then
    dict=$here/dict/$1
    test -f "$dict" || dict=
    mkdir -p "corpus/$1" log
    if $engine "$1"; then
        echo "ok      $1: $("${engine}_figures" "$1")"
        exit 0
    fi
    echo "FAILED  $1:"
    tail -n 40 "log/$1.log"
    exit 1
fi
make -s -j"$jobs" fuzz
if test $# = 0; then
    for target in tests/fuzz/fuzz_*; do
        case $target in *.*) ;; *) set -- "$@" "${target#tests/fuzz/fuzz_}" ;; esac
    done
fi
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh "$here/run.sh" -1 -s "$seconds" -r "$random" "$PWD"
