#!/usr/bin/env bash
# Runs a command beside a private, throw-away PostgreSQL cluster, whose address is in TEST_DATABASE_URL:
#   scripts/postgres.sh cargo test --test it
# The cluster trusts everybody on this machine's loopback and does not care for crashes: it is for tests only.
set -euo pipefail

stop() {
    printf 'postgres.sh: %s\n' "$*" >&2
    exit 1
}

[ $# -gt 0 ] || stop "which command?"

find_programs() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -x "$newest/initdb" ]; then
        echo "$newest"
    elif command -v initdb >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
    else
        stop "PostgreSQL's initdb is missing; scripts/setup.sh test installs it"
    fi
}

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (: </dev/tcp/127.0.0.1/$port) 2>/dev/null || break
    done
    echo "$port"
}

start() {
    local settings="-c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c fsync=off"
    settings+=" -c synchronous_commit=off -c full_page_writes=off -c max_connections=500"
    for _ in 1 2 3; do
        port=$(free_port)
        as_owner "$programs/pg_ctl" start -s -w -t 60 -D "$folder/data" -l "$folder/log" -o "-p $port $settings" && return
    done
    cat "$folder/log" >&2
    stop "the private cluster did not start"
}

clean_up() {
    if as_owner test -e "$folder/data/postmaster.pid"; then
        as_owner "$programs/pg_ctl" stop -s -m immediate -D "$folder/data" || true
    fi
    rm -rf "$folder"
}

programs=$(find_programs)
folder=$(mktemp -d /tmp/cenote-postgres.XXXXXX)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || stop "running as root needs a user named postgres to own the cluster"
    chown postgres "$folder"
fi
as_owner "$programs/initdb" -N -A trust -U postgres -E UTF8 --locale=C -D "$folder/data" >/dev/null
start
TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres" "$@"
