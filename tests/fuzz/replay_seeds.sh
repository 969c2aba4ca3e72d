#!/bin/sh
# Every seed through its fuzz target: tests/fuzz/seeds/NAME/* are inputs of fuzz_NAME.
set -eu

seeds=${srcdir:-.}/tests/fuzz/seeds
for target in tests/fuzz/fuzz_*; do
    test -x "$target" || continue
    case $target in *.*) continue ;; esac
    name=${target##*/fuzz_}
    echo "$target: $(find "$seeds/$name" -type f | wc -l) seeds"
    "$target" "$seeds/$name"/* || { echo "$target failed"; exit 1; }
    ran=yes
done
test "${ran:-no}" = yes || { echo "no fuzz target was built"; exit 77; }
