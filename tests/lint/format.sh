#!/bin/sh
# C is formatted as .clang-format says, by the version that Debian 12 has.
# usage: format.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
command -v clang-format-14 >/dev/null || { echo "clang-format-14 is not installed"; exit 77; }
find src tests -name '*.[ch]' ! -path 'src/gen/*' | sort | xargs clang-format-14 --dry-run -Werror
