#!/bin/sh
# A function has at most 60 lines, a C file at most 400, a file of tests at most 450.
# Relies on the form that .clang-format gives: a body opens with "{" at column 0 behind the
# signature and ends with "}" at column 0.
# usage: size.sh [SOURCE DIRECTORY]
set -eu

top=${1:-${srcdir:-.}}
src=$top/src
test -d "$src/base" || { echo "size.sh: no sources in $src" >&2; exit 2; }

# shellcheck disable=SC2016 # the text below is awk's
bad=0
find "$src" -name '*.[ch]' ! -path '*/gen/*' | sort | xargs awk '
FNR == 1 { start = 0 }
/^{$/ { start = FNR }
/^}$/ && start {
    if (FNR - start - 1 > 60) {
        printf "%s:%d: a function of %d lines (60 at most)\n", FILENAME, start, FNR - start - 1
        bad = 1
    }
    start = 0
}
FNR == 401 && FILENAME ~ /\.c$/ {
    printf "%s: more than 400 lines\n", FILENAME
    bad = 1
}
END { exit bad }
' || bad=1

# Headers are not looked at: some are vectors.
find "$top/tests" \( -name '*.c' -o -name '*.py' -o -name '*.mjs' -o -name '*.sh' \) \
    ! -path '*/node_modules/*' | sort | xargs awk '
FNR == 451 {
    printf "%s: more than 450 lines\n", FILENAME
    bad = 1
}
END { exit bad }
' || bad=1
exit $bad
