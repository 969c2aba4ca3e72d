#!/bin/sh
# A private PostgreSQL cluster for tests: one Unix socket in DIR, no TCP, a random password.
#
#   pg_cluster.sh start DIR [ADDRESS]
#                             makes the cluster if DIR holds none, and starts it; comes back when it
#                             answers. DIR's parents must let everybody through (chmod 711). One that
#                             was made with ADDRESS also listens there, for its network.
#   pg_cluster.sh url DIR     prints the URL of its database "postgres"
#   pg_cluster.sh pid DIR     prints the process number of the running server
#   pg_cluster.sh stop DIR    stops it; the data stays. Fine when it does not run.
#
# The server runs as "postgres" when root asks, because it refuses to run as root.
set -eu

usage() {
    echo "usage: pg_cluster.sh start|url|pid|stop DIR, start DIR ADDRESS" >&2
    exit 2
}

test $# = 2 || test "$#,$1" = 3,start || usage
address=${3:-}
case $2 in
/*) dir=$2 ;;
*) dir=$(pwd)/$2 ;;
esac
data=$dir/data
# The server's user may not be allowed in the caller's folder.
cd /

bin=
for candidate in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin; do
    test -x "$candidate/initdb" && bin=$candidate
done
test -n "$bin" || bin=$(dirname "$(command -v initdb)")
test -x "$bin/initdb" || { echo "pg_cluster.sh: no PostgreSQL server found (Debian: postgresql)" >&2; exit 1; }

as_server() {
    if test "$(id -u)" = 0; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

make_cluster() {
    mkdir -p "$dir"
    chmod 711 "$dir"
    test "$(id -u)" != 0 || chown postgres "$dir"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "$password" | (umask 077 && as_server tee "$dir/password" >/dev/null)
    as_server "$bin/initdb" -D "$data" -U postgres -A scram-sha-256 --pwfile="$dir/password" \
        -E UTF8 --locale=C.UTF-8 >/dev/null
    as_server tee -a "$data/postgresql.conf" >/dev/null <<SETTINGS
listen_addresses = '$address'
unix_socket_directories = '$dir'
shared_buffers = 32MB
max_connections = 60
SETTINGS
    test -z "$address" ||
        echo "host all all samenet scram-sha-256" | as_server tee -a "$data/pg_hba.conf" >/dev/null
}

case $1 in
start)
    test -f "$data/PG_VERSION" || make_cluster
    as_server "$bin/pg_ctl" -D "$data" -l "$dir/log" -w -t 60 -s start || {
        as_server tail -n 20 "$dir/log" >&2
        exit 1
    }
    ;;
url)
    echo "postgresql://postgres:$(as_server cat "$dir/password")@/postgres?host=$dir"
    ;;
pid)
    as_server head -n 1 "$data/postmaster.pid"
    ;;
stop)
    as_server test -f "$data/postmaster.pid" || exit 0
    as_server "$bin/pg_ctl" -D "$data" -m fast -w -t 60 -s stop
    ;;
*) usage ;;
esac
