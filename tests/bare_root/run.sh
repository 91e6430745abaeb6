#!/usr/bin/env bash
# run.sh [--built | --tests] [--keep] [FOLDER]: what a newcomer does, in a Debian that has nothing yet: ./dev install and the
# installed command, ./dev package and the installed package, ./dev demo; with --tests all of ./dev setup and ./dev test, too.
# With --built nothing is compiled there: the package in build/packages is installed, and shown by the demo. The root lies in
# FOLDER (build/bare-root), and is removed afterwards unless --keep is given. Takes root, debootstrap and a network: where there
# is no way to such a system, it says so and ends with 77. Says how long each step took.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source=$(git -C "$here" rev-parse --show-toplevel 2>/dev/null || readlink -f "$here/../..")
tests=0 keep=0 built=0 folder=$source/build/bare-root
for argument in "$@"; do
  case $argument in
    --tests) tests=1 ;;
    --keep) keep=1 ;;
    --built) built=1 ;;
    -h | --help) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}" && exit ;;
    *) folder=$argument ;;
  esac
done
die() { echo "bare-root: $*" >&2 && exit 1; }
((EUID == 0)) || die "takes root: a root of its own is made by chroot"

root=$folder/root
suite=${PADLOCK_SUITE:-bookworm}
mirror=${PADLOCK_MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\).*/\2/p' \
  /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)}

# Mounts are this script's alone, so nothing is left of them however it ends.
[[ ${PADLOCK_BARE_ROOT:-} == "$$" ]] || unshare --mount --propagation private true || { echo "bare-root: no mounts of its own" >&2 && exit 77; }
[[ ${PADLOCK_BARE_ROOT:-} == "$$" ]] || PADLOCK_BARE_ROOT=$$ exec unshare --mount --propagation private "$0" "$@"

release() {
  umount -l "$root/proc" "$root/dev" 2>/dev/null || true
  ((keep)) || rm -rf --one-file-system "$root"
}
trap release EXIT

mkdir -p "$folder"
summary=()
step() { # words, command; with `failing` set that is the exit status
  local begun=$SECONDS
  echo "==> $1"
  "${@:2}" >"$folder/log" 2>&1 || {
    tail -40 "$folder/log"
    echo "bare-root: failed: $1 (all of it: $folder/log)" >&2
    exit "${failing:-1}"
  }
  cp "$folder/log" "$folder/${1// /-}.log" 2>/dev/null || true
  summary+=("$(printf '%5d s  %s' $((SECONDS - begun)) "$1")")
}
# As somebody would at a prompt: nothing of this machine's environment.
inside_root() { chroot "$root" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} bash -c "$1"; }
inside() { inside_root "cd /padlock && $1"; }
has_padlock() { inside 'cd / && padlock --version && padlock run -- true && man -w padlock 2>/dev/null || test -e /usr/local/share/man/man1/padlock.1'; }

has_package() { inside './dev package && apt-get install -y -q ./build/packages/padlock_*.deb && cd / && /usr/bin/padlock run -- true'; }

has_built_package() {
  cp "$source"/build/packages/padlock_*.deb "$root/tmp/"
  inside 'apt-get install -y -q /tmp/padlock_*.deb && cd / && padlock --version && padlock run -- true'
}

# The bare system is kept for a month.
make_root() {
  local base=$folder/$suite.tar
  rm -rf --one-file-system "$root"
  mkdir -p "$root"
  if [[ -z $(find "$base" -mtime -30 2>/dev/null) ]]; then
    debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"}
    tar -C "$root" -cf "$base.new" . && mv "$base.new" "$base"
  else
    tar -C "$root" -xpf "$base"
  fi
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  [[ ! -e /etc/apt/apt.conf.d ]] || find /etc/apt/apt.conf.d -name '*proxy*' -exec cp {} "$root/etc/apt/apt.conf.d/" \;
  cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
}
copy_source() {
  mkdir -p "$root/padlock"
  git -C "$source" ls-files -z | tar -C "$source" --null -T - -cf - | tar -C "$root/padlock" -xf -
}

failing=77 step "a new $suite" make_root
failing=77 step "its package lists" inside_root 'apt-get update -q'
step "the sources" copy_source
if ((built)); then
  step "the Debian package" has_built_package
  step "programs of the demo" inside './dev packages g++ git perl python3 sqlite3 jq'
  step "the demo" inside 'tests/demo/demo.sh /usr'
else
  step "dev install" inside './dev install'
  step "the installed command" has_padlock
  step "the Debian package" has_package
  step "dev demo" inside './dev demo'
fi
if ((tests)); then
  step "dev setup" inside './dev setup'
  inside 'git init -q . && git add -A' >/dev/null
  step "dev test" inside './dev test'
fi
printf '%s\n' "${summary[@]}"
