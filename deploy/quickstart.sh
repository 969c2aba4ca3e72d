#!/bin/sh
# Builds taskgate and runs it behind a web server of its own, for trying it out. Everything it makes
# is in one folder; besides that it only installs Debian packages that are missing.
set -eu

usage() {
    cat <<'USAGE'
usage: sh deploy/quickstart.sh [OPTION...]
Builds taskgate and serves it at http://127.0.0.1:8080 until Ctrl-C.
  --server lighttpd|nginx  the web server (lighttpd; it starts taskgate itself)
  --port N                 the port on 127.0.0.1 (8080)
  --dir DIR                the folder for everything this makes (quickstart/ of the repository)
  --detach                 return when it runs
  --stop                   end what runs in the folder
  -h, --help               this text
Kept for later starts, in taskgate.conf in the folder, once a start with them has worked:
  --database URL           sqlite:///FILE (in the folder), sqlite:////FILE or postgresql://...
  --workers N              how many processes answer requests
  --set NAME=VALUE         any setting; may be given several times
USAGE
}

say() { echo "quickstart: $*"; }
die() {
    echo "quickstart: $*" >&2
    exit 1
}

# --- Options ---------------------------------------------------------------------------------------

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=deploy/packages.sh
. "$root/deploy/packages.sh"
asked_server=
asked_port=
dir=$root/quickstart
detach=no
stop=no
settings= # NAME=VALUE, one for each line
newline='
'

add_setting() {
    case $1 in
    DATABASE_URL=) die "DATABASE_URL must not be empty" ;;
    [A-Z]*=*) settings="$settings$1$newline" ;;
    *) die "--set wants NAME=VALUE, not $1" ;;
    esac
}

while test $# -gt 0; do
    case $1 in
    --*=*)
        option=$1
        shift
        set -- "${option%%=*}" "${option#*=}" "$@"
        ;;
    esac
    case $1 in
    --server | --port | --database | --dir | --set | --workers)
        test -n "${2-}" || die "$1 needs a value (see --help)"
        ;;
    esac
    case $1 in
    --server) asked_server=$2 ;;
    --port) asked_port=$2 ;;
    --database) add_setting "DATABASE_URL=$2" ;;
    --dir) dir=$2 ;;
    --set) add_setting "$2" ;;
    --workers) add_setting "WORKERS=$2" ;;
    --detach) detach=yes && shift && continue ;;
    --stop) stop=yes && shift && continue ;;
    -h | --help) usage && exit 0 ;;
    *) die "unknown option $1 (see --help)" ;;
    esac
    shift 2
done

server=${asked_server:-lighttpd}
port=${asked_port:-8080}
case $server in lighttpd | nginx) ;; *) die "--server is lighttpd or nginx, not $server" ;; esac
case $port in 0* | *[!0-9]* | ??????*) die "--port is a number, not $port" ;; esac
test "$port" -le 65535 || die "--port is at most 65535, not $port"
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
case $root$dir in *[!A-Za-z0-9_./,+@=-]*)
    die "the paths $root and $dir must do without spaces and special characters" ;;
esac

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
url=http://127.0.0.1:$port
stop_it="stop it with: sh $0$(test "$dir" = "$root/quickstart" || echo " --dir $dir") --stop"
conf=$dir/taskgate.conf
program=$dir/build/taskgate
# lighttpd adds "-0" to the name; a Unix socket's path has at most 107 bytes.
socket=$dir/run/taskgate.sock
test ${#socket} -le 105 ||
    die "$dir is too long a path for a Unix socket: choose a shorter one with --dir"

# --- What runs in the folder -------------------------------------------------------------------------

# The processes whose command line names a file in the folder: web server, master, workers.
running() {
    for entry in /proc/[0-9]*; do
        case $(tr '\000' ' ' 2>/dev/null <"$entry/cmdline") in
        *"-f $dir/lighttpd.conf "* | *"-c $dir/nginx.conf"* | \
            "$program serve --config $conf "*) echo "${entry#/proc/}" ;;
        esac
    done
}

is_running() { running | grep -qx "$1"; }
any_runs() { test -n "$(running)"; }

# wait_while TENTHS COMMAND...: until COMMAND fails, or for so long.
wait_while() {
    tries=$1
    shift
    while test "$tries" -gt 0 && "$@"; do
        tries=$((tries - 1))
        sleep 0.1
    done
}

# The web server ends first, so that nobody is told "503"; then what is left. Taskgate finishes what
# it was asked within 30 seconds; who needs longer is not asked again.
stop_all() {
    for name in lighttpd nginx; do
        pid=$(cat "$dir/run/$name.pid" 2>/dev/null) || continue
        is_running "$pid" || continue
        kill "$pid" 2>/dev/null || true
        wait_while 50 is_running "$pid"
    done
    for signal in TERM KILL; do
        for pid in $(running); do kill -s $signal "$pid" 2>/dev/null || true; done
        wait_while 350 any_runs
    done
    rm -f "$dir/run/"*.pid "$dir/run/port" "$socket" "$socket-0"
}

if test $stop = yes; then
    if any_runs; then
        stop_all
        say "stopped"
    else
        say "nothing runs in $dir"
    fi
    exit 0
fi

# Whether every process that the last start began still runs.
all_there() {
    for file in "$dir/run/"*.pid; do
        is_running "$(cat "$file" 2>/dev/null)" || return 1
    done
}

if any_runs; then
    all_there || die "only a part of it still runs in $dir; $stop_it"
    old_port=$(cat "$dir/run/port")
    old_server=lighttpd
    test -f "$dir/run/lighttpd.pid" || old_server=nginx
    say "already running at http://127.0.0.1:$old_port with $old_server from $dir; $stop_it"
    test "${asked_port:-$old_port}" = "$old_port" || die "the port was not changed"
    test "${asked_server:-$old_server}" = "$old_server" || die "the web server was not changed"
    test -z "$settings" || die "the settings were not changed"
    exit 0
fi

# --- Packages ----------------------------------------------------------------------------------------

mkdir -p "$dir/log" "$dir/run" "$dir/tmp" "$dir/empty"
chmod 700 "$dir"
packages_to_build
packages_for curl curl
case $server in
lighttpd) packages_for lighttpd lighttpd && packages_named lighttpd-mod-deflate ;;
nginx) packages_for nginx nginx-light ;;
esac
packages_install "$dir/log/apt.log"

# 7: nobody listens there.
code=0
curl -s --noproxy '*' -o /dev/null -m 2 "$url/" || code=$?
test $code = 7 || die "port $port is in use by another program: choose one with --port"

# --- Build -------------------------------------------------------------------------------------------

# quietly LOG COMMAND...: the output goes to a file, whose end is shown when the command fails.
quietly() {
    log=$dir/log/$1.log
    shift
    "$@" </dev/null >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        die "failed: $* (all of its output: $log)"
    }
}

# The build works on a copy of the sources, because autoreconf writes beside them.
# shellcheck disable=SC2317 # called by quietly
copy_sources() {
    mkdir -p "$dir/source"
    (cd "$root" && tar -cf - --exclude=./src/gen --exclude='*.o' --exclude='*.a' \
        --exclude=__pycache__ ./configure.ac ./Makefile.am ./README.md ./LICENSE ./CHANGES.md \
        ./.clang-format ./src ./sql ./man ./deploy ./tests) | (cd "$dir/source" && tar -xf -)
}

build() {
    quietly copy copy_sources
    if ! test -f "$dir/build/Makefile"; then
        rm -rf "$dir/build"
        mkdir "$dir/build"
        cd "$dir/source"
        quietly autoreconf autoreconf -fi
        cd "$dir/build"
        quietly configure "$dir/source/configure" --prefix="$dir/installed"
    fi
    cd "$dir/build"
    quietly make make -j"$(getconf _NPROCESSORS_ONLN)"
    cd "$dir"
}

if test -x "$program"; then
    say "bringing the build in $dir/build up to date"
else
    say "building in $dir/build (about a minute)"
fi
build

# --- Settings ----------------------------------------------------------------------------------------

# The settings of before are in this file until a start with the new ones has worked; it is empty
# when there were none.
old=$conf.old
new=$conf.new

restore_settings() {
    if test -s "$old"; then
        mv "$old" "$conf"
    elif test -f "$old"; then
        rm -f "$conf" "$old"
    fi
    rm -f "$new"
}

# set_setting NAME VALUE: replaces the line of that setting or adds one.
set_setting() {
    # Relative database files are meant relative to the folder.
    case $1=$2 in
    DATABASE_URL=sqlite:////*) ;;
    DATABASE_URL=sqlite:///*) set -- "$1" "sqlite:///$dir/${2#sqlite:///}" ;;
    esac
    setting_name=$1 setting_value=$2 awk '
        BEGIN { name = ENVIRON["setting_name"]; line = name "=" ENVIRON["setting_value"] }
        index($0, name "=") == 1 { if (!done) print line; done = 1; next }
        { print }
        END { if (!done) print line }' "$new" >"$new.line"
    mv "$new.line" "$new"
}

write_settings() (
    umask 077
    if test -f "$conf"; then
        cp "$conf" "$new"
    else
        say "making $conf with a new secret"
        echo "# Settings of taskgate: see \"man 5 taskgate.conf\". Holds a secret." >"$new"
        set_setting BETTER_AUTH_SECRET "$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')"
        set_setting DATABASE_URL sqlite:///taskgate.db
    fi
    # The address of the quickstart, unless it was set to something else.
    grep -v '^BASE_URL=http://127\.0\.0\.1:' "$new" | grep -q '^BASE_URL=' ||
        set_setting BASE_URL "$url"
    grep -q '^FRONTEND_URL=' "$new" ||
        set_setting FRONTEND_URL "http://localhost:$port,http://localhost:3000,http://localhost:3001"
    printf '%s' "$settings" | while IFS= read -r setting; do
        set_setting "${setting%%=*}" "${setting#*=}"
    done
    if test -f "$conf"; then mv "$conf" "$old"; else : >"$old"; fi
    mv "$new" "$conf"
)

restore_settings # of a start that was killed
trap restore_settings EXIT
write_settings

# What becomes of the settings of a start that fails.
kept() {
    if test -s "$old"; then
        echo "the settings stay as they were"
    else
        echo "its settings were not kept"
    fi
}

code=0
"$program" check --config "$conf" || code=$?
case $code in
0) ;;
69) die "taskgate cannot use its database, see above; $(kept). See that the database answers," \
    "or name another with --database" ;;
*) die "taskgate cannot run with these settings, see above; $(kept). All settings are listed by:" \
    "$program --help" ;;
esac

# --- Start -------------------------------------------------------------------------------------------

write_lighttpd_conf() {
    cat >"$dir/lighttpd.conf" <<CONF
server.bind          = "127.0.0.1"
server.port          = $port
server.document-root = "$dir/empty"
server.upload-dirs   = ( "$dir/tmp" )
server.errorlog      = "$dir/log/lighttpd.log"
server.breakagelog   = "$dir/log/taskgate.log"
server.tag           = "lighttpd"
var.taskgate_socket  = "$socket"
var.taskgate_errors  = "$root/deploy/lighttpd/errors"
var.taskgate_www     = "$root/deploy/www"
var.taskgate_command = "$program serve --config $conf"
include "$root/deploy/lighttpd/taskgate.conf"
include "$root/deploy/lighttpd/taskgate-spawn.conf"
include "$root/deploy/lighttpd/www.conf"
CONF
}

write_nginx_conf() {
    cat >"$dir/nginx.conf" <<CONF
daemon off;
master_process off;
pid $dir/run/nginx;
error_log $dir/log/nginx.log;
events {
}
http {
    access_log $dir/log/access.log;
    client_body_temp_path $dir/tmp/body;
    fastcgi_temp_path $dir/tmp/fastcgi;
    proxy_temp_path $dir/tmp/proxy;
    scgi_temp_path $dir/tmp/scgi;
    uwsgi_temp_path $dir/tmp/uwsgi;
    server_tokens off;
    upstream taskgate {
        server unix:$socket;
        keepalive 16;
    }
    server {
        listen 127.0.0.1:$port;
        server_name localhost;
        include $root/deploy/nginx/taskgate.conf;
        include $root/deploy/nginx/errors.conf;
        set \$taskgate_www $root/deploy/www;
        include $root/deploy/nginx/www.conf;
    }
}
CONF
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script alone.
start() {
    name=$1
    shift
    setsid "$@" </dev/null >>"$dir/log/$name.log" 2>&1 &
    echo $! >"$dir/run/$name.pid"
}

start_all() {
    echo "$port" >"$dir/run/port"
    if test "$server" = lighttpd; then
        write_lighttpd_conf
        start lighttpd lighttpd -D -f "$dir/lighttpd.conf"
    else
        write_nginx_conf
        start taskgate "$program" serve --config "$conf" --listen "unix:$socket"
        start nginx nginx -e "$dir/log/nginx.log" -c "$dir/nginx.conf" -p "$dir"
    fi
}

# Whether the processes that start_all began are all there, and not just waiting to be buried.
all_run() {
    for file in "$dir/run/"*.pid; do
        case $(cat "/proc/$(cat "$file")/stat" 2>/dev/null) in '' | *') Z '*) return 1 ;; esac
    done
}

error_line='^[^ ]* taskgate\[[0-9]*\] master error: '

# Also a database that does not answer ends the start: taskgate itself would go on trying.
wait_for_health() {
    tries=150
    while test $tries -gt 0 && all_run; do
        status=$(curl -s --noproxy '*' -o /dev/null -m 5 -w '%{http_code}' "$url/health") || true
        test "$status" != 200 || return 0
        ! grep -q "$error_line" "$dir/log/taskgate.log" 2>/dev/null || break
        tries=$((tries - 1))
        sleep 0.2
    done
    for log in "$dir/log/$server.log" "$dir/log/taskgate.log"; do
        test ! -s "$log" || { echo "--- $log" && tail -n 15 "$log"; } >&2
    done
    stop_all
    die "it did not start: what it said last is above, all of it in $dir/log; $(kept). Mend what it" \
        "complains about, then start it again with the same options"
}

trap 'stop_all; say stopped; exit 130' HUP INT TERM
rm -f "$dir/run/"*.pid "$dir/log/$server.log" "$dir/log/taskgate.log"
test "$(id -u)" != 0 || say "runs as root, because you do; a real installation has its own user"
say "starting $server with taskgate at $url"
start_all
wait_for_health
rm "$old"

cat <<TEXT

Open $url in a browser, make an account and write a task.

The same without a browser, in another terminal:

  # sign up; prints the token (once you have an account: sign-in instead of sign-up)
  token=\$(curl -sS $url/api/auth/sign-up -H 'Content-Type: application/json' \\
    -d '{"email":"ada@example.org","password":"correct horse battery","name":"Ada"}' |
    sed 's/.*"jwt":"\\([^"]*\\)".*/\\1/')
  echo "\$token"

  # create a task; prints its number
  id=\$(curl -sS $url/api/tasks -H "Authorization: Bearer \$token" \\
    -H 'Content-Type: application/json' -d '{"title":"Buy milk"}' |
    sed 's/.*"id":\\([0-9]*\\).*/\\1/')
  echo "\$id"

  # list, complete, delete
  curl -sS -w '\\n' $url/api/tasks -H "Authorization: Bearer \$token"
  curl -sS -w '\\n' -X PATCH $url/api/tasks/\$id/complete -H "Authorization: Bearer \$token"
  curl -sS -w '\\n' -X DELETE $url/api/tasks/\$id -H "Authorization: Bearer \$token"

Settings: $conf    Logs: $dir/log
TEXT

if test $detach = yes; then
    echo "S${stop_it#s}"
    exit 0
fi
echo "Ctrl-C stops it."
while all_run; do sleep 1; done
tail -n 15 "$dir/log/$server.log" "$dir/log/taskgate.log" >&2 || true
stop_all
die "a process ended by itself"
