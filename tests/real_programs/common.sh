# shellcheck shell=bash
# What the scripts of servers share.

# Runs a command as a user who may not do everything, which some servers insist on.
as_user() {
  if ((EUID == 0)); then
    setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
  else
    "$@"
  fi
}

# wait_until COMMAND...: at most 60 s.
wait_until() {
  local end=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || { echo "not ready: $*"; exit 1; }
    sleep 0.05
  done
}

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_is_closed() { ! port_is_open "$1"; }

# A port that nothing listens on.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && port_is_open "$port"; do :; done
  echo "$port"
}

# Ends a daemon by its pid file and waits until it is gone.
stop_daemon() { # pid file
  local pid
  pid=$(<"$1")
  kill "$pid"
  wait_until eval "! kill -0 $pid"
}
