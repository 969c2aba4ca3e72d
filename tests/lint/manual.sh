#!/bin/sh
# What the manual, the README and the files of deploy/ name is there: settings, commands, options, routes,
# codes, exit statuses and files. The manual has every one of them, and each page leads to the others.
# usage: manual.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
pages=$(echo man/*.[1-9])
bad=0

complain() {
    echo "$1"
    bad=1
}

# has LIST WORD: a line of LIST is WORD.
has() {
    echo "$1" | grep -qxF -- "$2"
}

# missing LIST OTHER...: the lines of LIST that no other one has.
missing() {
    list=$1
    shift
    echo "$list" | grep -vxF -- "$(printf '%s\n' "$@")" | sort -u
}

# same HERE LIST THERE LIST: both lists have the same lines.
same() {
    for word in $(missing "$2" "$4"); do
        complain "$3 has no $(echo "$word" | tr '|' ' '), $1 has"
    done
    for word in $(missing "$4" "$2"); do
        complain "$1 has no $(echo "$word" | tr '|' ' '), $3 has"
    done
}

# --- Settings ------------------------------------------------------------------------------------------

table=src/conf/setting.c
settings=$(sed -n 's/^    {"\([A-Z_]*\)", \(NULL\|"\([A-Z_]*\)"\),.*/\1 \3/p' $table | xargs -n 1)
described=$(sed -n '/^\.Sh SETTINGS/,/^\.Sh EXAMPLES/s/^\.It Ev //p' man/taskgate.conf.5 |
    tr ',' ' ' | xargs -n 1)
same "$table" "$settings" man/taskgate.conf.5 "$described"

# Of PostgreSQL, systemd, Debian's tools and the shell.
others='DEBIAN_FRONTEND GZIP_ENV HOME IFS LC_ALL LISTEN_FDS LISTEN_PID NAME NAME_FILE NOTIFY_SOCKET
ON_ERROR_STOP PATH PGPASSFILE PGSSLMODE READY RELOADING SOURCE_DATE_EPOCH STATUS STOPPING
TAR_OPTIONS TASKGATE_PURGE_DATABASE WATCHDOG_PID WATCHDOG_USEC'
others=$(echo "$others" | xargs -n 1)
# shellcheck disable=SC2086 # several files
names=$({
    sed -n 's/^\.\(It \|Pq \|Pq see \)\{0,1\}Ev //p' $pages | tr ',' ' ' | xargs -n 1 |
        grep -xE '[A-Z][A-Z0-9_]{2,}'
    grep -ohE '(^|[^A-Za-z0-9_$-])[A-Z][A-Z0-9]+(_[A-Z0-9]+)*=' README.md $pages \
        deploy/apache/* deploy/nginx/* deploy/lighttpd/*.conf deploy/systemd/* \
        deploy/debian/README.Debian deploy/debian/taskgate.conf deploy/rpm/README.rpm |
        sed 's/^[^A-Z]//; s/=$//'
    sed -n '/^## Settings/,/^## Logs/s/^| \(`[^|]*\) |.*/\1/p' README.md | tr -d '`,' | xargs -n 1
})
for name in $(missing "$names" "$settings" "$others" "$(echo "$settings" | sed 's/$/_FILE/')"); do
    complain "there is no setting $name"
done

# --- Commands and their options --------------------------------------------------------------------------

commands=$(sed -n 's/^    {"\([a-z]*\)", \(NULL\|"\([a-z-]*\)"\),.*/\1 \3/p' src/cli/command.c |
    sed 's/ $//')
options=$(sed -n 's/.*{[^"]*"\([a-z-]*\)",.*/\1/p' src/cli/option.c)
# What stands in blocks and in quotes, each command on a line; a line that ends in "\" goes on.
# shellcheck disable=SC2086 # several files
typed=$(for file in README.md $pages; do
    awk '
        /^```/ || /^\.Bd -literal/ || /^\.Ed/ { block = !block }
        /^ *\.\\"/ { next }
        block || /^\.D[lq] / || /^    / { print; next }
        /`/ { count = split($0, part, "`"); for (i = 2; i <= count; i += 2) print part[i] }
    ' "$file"
done | sed -e 's/\\e$/\\/' | sed -e ':again' -e '/\\$/{N;s/\\\n//;b again' -e '}' |
    grep -oE '(^|[^-a-z] |["/;(])taskgate [a-z][^"`|;&)]*' | sed 's/^.*taskgate \([a-z]\)/\1/' | sort -u)
test -n "$typed" || complain "no commands were found"
while read -r first second rest; do
    if has "$commands" "$first"; then
        line="$first"
        rest="$second $rest"
    else
        line="$first $second"
    fi
    has "$commands" "$line" || { complain "there is no command \"taskgate $line\"" && continue; }
    for option in $(echo "$rest" | grep -oE '(^| )--[a-z-]+'); do
        has "$options" "${option#--}" || complain "\"taskgate $line\" has no option $option"
    done
done <<END
$typed
END

# --- Routes, codes, statuses -----------------------------------------------------------------------------

api=man/taskgate-api.7
routes=$(sed -n 's/^    {METHOD_\([A-Z]*\), "\([^"]*\)".*/\1|\2/p' src/api/route.c |
    grep -v '/:user/')
overview=$(sed -n '/^\.Ss Overview/,/^\.Sq origin/s/^\.It \([A-Z]*\) Ta Pa \(.*\) Ta .* Ta .*/\1|\2/p' $api |
    sed -e 's/ Ns Ar /:/g' -e 's/ Ns Pa //g' -e 's,|\([^/]\),|/api/auth/\1,')
same src/api/route.c "$routes" $api "$overview"

# A client that has gone does not read its code.
codes=$(grep -oE '[45][0-9]{2}, "[A-Z_]+"' src/base/err.c | sed 's/.*"\(.*\)"/\1/' |
    grep -vx CLIENT_GONE | sort -u)
listed=$(sed -n '/^\.Sh ERROR ANSWERS/,/^\.Sh HEADERS/s/^\.It Li \([A-Z_]*\) Ta.*/\1/p' $api | sort -u)
for code in $(missing "$codes" "$listed"); do
    complain "$api has no code $code"
done
for code in $(missing "$listed" "$codes"); do
    grep -rq "\"$code\"" deploy || complain "$api has a code $code"
done

statuses=$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It \([0-9]*\)$/\1/p' man/taskgate.8)
for pair in EX_USAGE=64 EX_UNAVAILABLE=69 EX_SOFTWARE=70 EX_OSERR=71 EX_IOERR=74 EX_CONFIG=78; do
    grep -rqw "${pair%=*}" src || continue
    has "$statuses" "${pair#*=}" || complain "man/taskgate.8 has no exit status ${pair#*=}"
done

# --- Files -----------------------------------------------------------------------------------------------

kinds='(deploy|man|sql|src|tests|/usr/share/(doc/)?taskgate)'
# shellcheck disable=SC2086 # several files
files=$(grep -ohE "(^|[^A-Za-z0-9_/.-])$kinds/[A-Za-z0-9_./-]+" \
    README.md $pages deploy/*/*.conf deploy/apache/* deploy/debian/README.Debian deploy/rpm/README.rpm |
    sed -e 's/^[^A-Za-z\/]//' -e 's/\.$//' -e 's|^/usr/share/doc/taskgate/examples/|deploy/|' \
        -e 's|^/usr/share/taskgate/|deploy/|' -e 's|^/usr/share/doc/taskgate/||' \
        -e 's|^README.Debian|deploy/debian/&|' | sort -u)
for file in $files; do
    test -e "$file" || test -e "deploy/fail2ban/jail.d/${file#deploy/fail2ban/}" ||
        complain "there is no file $file"
done

# --- The way from page to page -----------------------------------------------------------------------------

for page in $pages; do
    for other in $pages; do
        test "$page" = "$other" && continue
        name=$(basename "$other")
        sed -n '/^\.Sh SEE ALSO/,$p' "$page" | grep -qE "^\.Xr ${name%.*} ${name##*.}( ,)?\$" ||
            complain "$page does not lead to ${name%.*}(${name##*.})"
    done
done
exit $bad
