#!/usr/bin/env bash
# Starts the processes of compose.yaml without Docker: PostgreSQL, a Dask scheduler, workers, two servers, and nginx if
# it is installed. Everything stops when this script ends. Usage: deploy/local-cluster.sh [folder]
# The folder receives PostgreSQL's data, the weights, and a log and a process id per process. Settings: PORT (8500; the
# scheduler uses the next port, and the servers those after it), WORKERS (2), REPLICAS (2), the number of CONNECTIONS that
# nginx allows for each address (200), and PYTHON (.venv/bin/python). What is missing or in use is named before anything
# starts.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-8500} python=${PYTHON:-.venv/bin/python} workers=${WORKERS:-2} replicas=${REPLICAS:-2}
binaries=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
nginx=$(PATH=$PATH:/usr/sbin command -v nginx || true)

fail() {
  echo "$1" >&2
  exit 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

check_python() {
  command -v "$python" >/dev/null || fail "$python is missing: set PYTHON, or create the environment as the README says"
  local missing
  missing=$("$python" -c '
from importlib.util import find_spec
packages = {"streamlit": "streamlit", "distributed": "distributed", "psycopg": "psycopg[binary]"}
print(*[package for module, package in packages.items() if not find_spec(module)])') || fail "$python does not run"
  [ -z "$missing" ] || fail "$python lacks packages; install: $missing"
}

check_ports() {
  local i
  for ((i = port; i <= port + 1 + replicas; i++)); do
    if listens "$i"; then fail "port $i is in use; set PORT"; fi
  done
}

check_folder() { # folder
  local pid
  read -r pid 2>/dev/null <"$1/postgres/data/postmaster.pid" || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != postgres ] ||
    fail "$1 is in use by PostgreSQL (process $pid); name another folder"
}

check_python
check_ports
[ -z "${1:-}" ] || check_folder "$1"
[ -x "$binaries/initdb" ] || fail "PostgreSQL is not installed: apt-get install postgresql"
folder=$(realpath -m "${1:-$(mktemp -d /tmp/dropout-XXXXXX)}")
mkdir -p "$folder/postgres"
pids=()

cleanup() {
  trap - EXIT INT TERM
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
}
trap cleanup EXIT
trap 'exit 0' INT TERM

start() { # name, command…
  local name=$1
  shift
  "$@" >"$folder/$name.log" 2>&1 &
  pids+=($!)
  echo $! >"$folder/$name.pid"
}

wait_for() { # name, command…: until the command succeeds
  local name=$1 i
  shift
  for ((i = 0; i < 600; i++)); do
    kill -0 "$(<"$folder/$name.pid")" 2>/dev/null || break
    if ("$@") 2>/dev/null; then
      # Another process may have answered.
      kill -0 "$(<"$folder/$name.pid")" 2>/dev/null && return
      break
    fi
    sleep 0.2
  done
  fail "$name did not start; see $folder/$name.log"
}

# PostgreSQL refuses to run as root.
as_user=()
if [ "$EUID" = 0 ]; then
  as_user=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chmod a+x "$folder"
  chown postgres: "$folder/postgres"
fi
postgres() { cd "$folder/postgres" && exec "${as_user[@]}" "$binaries/$1" "${@:2}"; } # replaces the (sub)shell
[ -d "$folder/postgres/data" ] || (postgres initdb -D data -U dropout -A trust -E UTF8 >/dev/null)
start postgres postgres postgres -D data -k "$folder/postgres" -c listen_addresses=
wait_for postgres postgres pg_isready -q -h "$folder/postgres"

PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH}
export PYTHONPATH DROPOUT_SCHEDULER=tcp://127.0.0.1:$((port + 1))
start scheduler "$python" -m dask scheduler --host 127.0.0.1 --port $((port + 1)) --no-dashboard
wait_for scheduler listens $((port + 1))
[ "$workers" = 0 ] ||
  start workers "$python" -m dask worker "$DROPOUT_SCHEDULER" --host 127.0.0.1 --nworkers "$workers" --nthreads 1 \
    --memory-limit 0 --no-dashboard --local-directory "$folder" --preload dropout_core.engine.worker_preload

# One secret for all servers, so that each accepts the other's cookies.
STREAMLIT_SERVER_COOKIE_SECRET=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
export STREAMLIT_SERVER_COOKIE_SECRET
export DROPOUT_STORE="postgresql://dropout@/postgres?host=$folder/postgres" DROPOUT_WEIGHTS="$folder/weights"
ports=()
for ((i = 1; i <= replicas; i++)); do
  ports+=($((port + 1 + i)))
  start "server-$i" "$python" -m streamlit run app.py --server.headless=true --server.address=127.0.0.1 \
    --server.port=$((port + 1 + i))
done
for ((i = 1; i <= replicas; i++)); do
  wait_for "server-$i" listens $((port + 1 + i))
  echo "server $i: http://127.0.0.1:$((port + 1 + i))"
done

routes() { # what nginx-replicas.conf says of server-1 and server-2, for this script's servers
  local each other
  echo 'map $cookie_server $way {'
  for each in "${ports[@]}"; do echo "    $each server_$each;"; done
  printf '    default servers;\n}\nupstream servers {\n'
  for each in "${ports[@]}"; do echo "    server 127.0.0.1:$each max_fails=1 fail_timeout=5s;"; done
  echo "}"
  for each in "${ports[@]}"; do
    echo "upstream server_$each {"
    for other in "${ports[@]}"; do
      [ "$other" = "$each" ] && echo "    server 127.0.0.1:$each max_fails=1 fail_timeout=5s;" ||
        echo "    server 127.0.0.1:$other backup;"
    done
    echo "}"
  done
}

replicas_conf() { # nginx-replicas.conf for this script's servers and port
  routes
  sed -e '/^map $cookie_server/,/^map $upstream_addr/{/^map $upstream_addr/!d}' -e "s/listen 80;/listen 127.0.0.1:$port;/" \
    -e "s/limit_conn readers 200;/limit_conn readers ${CONNECTIONS:-200};/" deploy/nginx-replicas.conf
}

if [ -n "$nginx" ] && [ "$replicas" != 0 ]; then
  replicas_conf >"$folder/replicas.conf"
  mkdir -p "$folder/nginx"
  cat >"$folder/nginx.conf" <<CONF
daemon off;
pid $folder/nginx/pid;
error_log stderr;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path $folder/nginx/body;
    proxy_temp_path $folder/nginx/proxy;
    fastcgi_temp_path $folder/nginx/fastcgi;
    uwsgi_temp_path $folder/nginx/uwsgi;
    scgi_temp_path $folder/nginx/scgi;
    include $folder/replicas.conf;
}
CONF
  start nginx "$nginx" -e stderr -c "$folder/nginx.conf"
  wait_for nginx listens "$port"
  echo "all: http://127.0.0.1:$port"
fi
echo "ready in $folder; Ctrl-C stops everything"
sleep infinity &
pids+=($!)
wait # for a signal, also after some of the processes have been killed
