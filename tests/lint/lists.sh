#!/bin/sh
# Every source, statement, migration and test of the tree is in the lists that the build reads:
# a file that nobody lists is neither compiled, run nor released.
# usage: lists.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
# Around a name in a list.
before='(^|[[:space:]]|\$\(srcdir\)/)'
behind='([[:space:]]|$)'
bad=0
for file in src/*.c src/*/*.[ch] sql/*.awk sql/*/*.sql man/*.[1-9] \
    deploy/*.sh deploy/*/*.* deploy/*/*/*.* \
    tests/*.sh tests/*/*.sh tests/*/*.[ch] tests/*/*.py tests/*/*/*.py \
    tests/interop/*.json tests/interop/*.mjs tests/interop/harness/*.mjs \
    tests/web/*.json tests/web/*.mjs tests/web/harness/*.mjs; do
    test -f "$file" || continue
    case $file in src/gen/*) continue ;; esac
    # A test program is listed by its name without ".c".
    if ! grep -qE "$before$file$behind" Makefile.am src/Makefile.inc tests/Makefile.inc &&
        ! grep -qE "$before${file%.c}$behind" tests/Makefile.inc; then
        echo "$file: not in Makefile.am, src/Makefile.inc or tests/Makefile.inc"
        bad=1
    fi
done
exit $bad
