#!/bin/sh
# The manual page and the completion of bash know the commands, verbs, arguments and options that
# the program has, and no others.
# usage: commands.sh [SOURCE DIRECTORY]    (in the build directory)
set -eu

top=${1:-${srcdir:-.}}
page=$top/man/taskgate.8
table=$(./taskgate --help --json)
bad=0

complain() {
    echo "$1"
    bad=1
}

# COMMAND|ARGUMENTS|OPTIONS on each line.
commands=$(echo "$table" |
    sed -n 's/^{"command":"\([^"]*\)","arguments":"\([^"]*\)","options":"\([^"]*\)".*/\1|\2|\3/p')
test -n "$commands" || { echo "taskgate --help --json prints no commands"; exit 1; }
common=$(echo "$table" | sed -n 's/^{"option":"\([^"]*\)",.*"common":true.*/\1/p')

# --- the manual page: ".It Cm user add Ar email", ".It Cm export Op Ar file" ---

expected=$(echo "$commands" | while IFS='|' read -r name args _; do
    line=".It Cm $name"
    for word in $args; do
        case $word in
        '['*) line="$line Op Ar $(echo "$word" | tr -d '[]' | tr '[:upper:]' '[:lower:]')" ;;
        *) line="$line Ar $(echo "$word" | tr '[:upper:]' '[:lower:]')" ;;
        esac
    done
    echo "$line"
done)
found=$(sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\(\.It Cm .*\)/\1/p' "$page")
for pair in "program:manual:$expected:$found" "manual:program:$found:$expected"; do
    here=${pair%%:*}
    rest=${pair#*:}
    there=${rest%%:*}
    rest=${rest#*:}
    lines=${rest%%:*}
    others=${rest#*:}
    while read -r line; do
        echo "$others" | grep -qxF -- "$line" || complain "only the $here has it, not the $there: $line"
    done <<EOF
$lines
EOF
done
for option in $(echo "$table" | sed -n 's/^{"option":"--\([^"]*\)".*/\1/p'); do
    sed -n '/^\.Sh OPTIONS/,/^\.Sh [^O]/p' "$page" |
        grep -qE "^\.It .*Fl -$option( |\$)" || complain "the manual has no option --$option"
done

# --- the completion ---

# offers WORDS...: what bash offers for the last one.
offers() {
    # shellcheck disable=SC2016 # bash expands it
    bash -c '. "$1" && shift && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _taskgate &&
        printf "%s\n" "${COMPREPLY[@]}"' bash "$top/deploy/bash-completion/taskgate" "$@" |
        sort -u | xargs
}

# same TITLE WANTED FOUND, sets of words.
same() {
    wanted=$(echo "$2" | tr ' ' '\n' | sort -u | xargs)
    test "$wanted" = "$3" || complain "completion behind '$1': '$3' and not '$wanted'"
}

if command -v bash >/dev/null; then
    verbs=$(echo "$commands" | sed -n 's/^keys \([^|]*\).*/\1/p')
    same '--config FILE keys' "$verbs" "$(offers taskgate --config /none keys '')"
    # As bash takes it apart.
    same '--config=FILE keys' "$verbs" "$(offers taskgate --config = /none keys '')"
    same '--config=' "$page" "$(offers taskgate --config = "$page")"
    same taskgate "$(echo "$commands" | sed 's/[ |].*//')" "$(offers taskgate '')"
    while IFS='|' read -r name args options; do
        # shellcheck disable=SC2086 # words
        same "$name --" "$options $common" "$(offers taskgate $name --)"
        case $name in
        *' '*)
            verbs=$(echo "$commands" | sed -n "s/^${name% *} \\([^|]*\\).*/\\1/p")
            same "${name% *}" "$verbs" "$(offers taskgate "${name% *}" '')"
            ;;
        esac
    done <<EOF
$commands
EOF
fi
exit $bad
