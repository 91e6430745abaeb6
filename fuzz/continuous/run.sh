#!/usr/bin/env bash
# run.sh [--seconds N] [--changed FILE] [--keep] [STEP...]: .clusterfuzzlite/ whole, as ClusterFuzzLite would run it, where
# there is no Docker: in a Debian of its own (chroot), since the image's Ubuntu cannot be had everywhere. It takes the newest
# clang and gcc there are, as the image does; flags, checks and arguments are the image's. Steps, in this order:
#   build     .clusterfuzzlite/build.sh for address, undefined and coverage, with the checks that a build has to pass
#   batch     every harness for N seconds (10) under address and undefined, from its seeds; the corpus that grows is stored
#   prune     the stored corpora, each merged to what its harness needs
#   coverage  lines and branches that the stored corpora reach, and which files each harness runs
#   change    what a pull request that changes FILE (src/core/heap/give_up.cpp) starts: the harnesses that run it, from the
#             stored corpora, until one finds something
# The root lies in build/continuous, and is removed afterwards unless --keep is given; beside it stay corpus/, finds/,
# coverage.txt (file by file) and what each step said (STEP-SANITIZER.log).
# Takes root, debootstrap and a network, and ends with 77 where there is no way to such a system.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source=$(readlink -f "$here/../..")
folder=${PADLOCK_CONTINUOUS:-$source/build/continuous}
seconds=10 changed=src/core/heap/give_up.cpp keep=0 steps=()
while (($#)); do
  case $1 in
    --seconds) seconds=$2 && shift ;;
    --changed) changed=$2 && shift ;;
    --keep) keep=1 ;;
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit ;;
    build | batch | prune | coverage | change) steps+=("$1") ;;
    *) echo "continuous: no step '$1'" >&2 && exit 2 ;;
  esac
  shift
done
((${#steps[@]})) || steps=(build batch prune coverage change)
((EUID == 0)) || { echo "continuous: takes root: a root of its own is made by chroot" >&2 && exit 1; }

root=$folder/root
suite=${PADLOCK_CONTINUOUS_SUITE:-trixie}
# Mounts are this script's alone, so nothing is left of them however it ends.
[[ ${PADLOCK_CONTINUOUS_ROOT:-} == "$$" ]] || unshare --mount --propagation private true ||
  { echo "continuous: no mounts of its own" >&2 && exit 77; }
[[ ${PADLOCK_CONTINUOUS_ROOT:-} == "$$" ]] || {
  mkdir -p "$folder"
  options=(--seconds "$seconds" --changed "$changed")
  ((!keep)) || options+=(--keep)
  PADLOCK_CONTINUOUS_ROOT=$$ exec unshare --mount --propagation private "$0" "${options[@]}" "${steps[@]}"
}
# shellcheck disable=SC2317  # called by the trap
release() {
  umount -l "$root/proc" "$root/dev" 2>/dev/null || true
  ((keep)) || rm -rf --one-file-system "$root"
}
trap release EXIT

say() { printf '\n==> %s\n' "$*"; }
inside() { # what base-builder's and base-runner's environments have; further variables come first
  chroot "$root" env -i HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    SRC=/src OUT=/out WORK=/work FUZZING_LANGUAGE=c++ FUZZING_ENGINE=libfuzzer ARCHITECTURE=x86_64 SECONDS_EACH="$seconds" "$@"
}

# The Dockerfile's packages, and what the images bring.
make_root() {
  local packages mirror
  mapfile -t packages < <(sed -n '/apt-get install/,/[^\\]$/p' "$source/.clusterfuzzlite/Dockerfile" |
    tr ' ' '\n' | grep -vE '^(RUN|&&|apt-get|update|install|-.*|[\\]|)$')
  if [[ ! -e $root/made ]]; then
    say "a new $suite"
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\).*/\2/p' \
      /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)
    debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} >"$folder/debootstrap.log" || return 77
    find /etc/apt/apt.conf.d -name '*proxy*' -exec cp {} "$root/etc/apt/apt.conf.d/" \; || true
    cp /etc/resolv.conf "$root/etc/" || true
    touch "$root/made"
  fi
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  say "its packages: ${packages[*]}"
  inside DEBIAN_FRONTEND=noninteractive bash -c 'apt-get update -q && apt-get install -y -q --no-install-recommends "$@"' - \
    "${packages[@]}" clang llvm libclang-rt-dev libc++-dev libc++abi-dev binutils unzip python3 >"$folder/packages.log" || return 77
  mkdir -p "$root/src/padlock" "$folder"/{corpus,finds}
  rm -rf "$root/src/padlock"
  mkdir -p "$root/src/padlock"
  git -C "$source" ls-files -z | tar -C "$source" --null -T - -cf - | tar -C "$root/src/padlock" -xf -
  cp "$source/.clusterfuzzlite/build.sh" "$root/src/"
  cp "$here/inside.sh" "$root/src/inside.sh"
}

make_root || exit $?
# Corpora and finds outlive the root.
mkdir -p "$root/corpus" "$root/finds"
cp -r "$folder/corpus/." "$root/corpus/"
status=0
for step in "${steps[@]}"; do
  begun=$SECONDS
  case $step in
    build) sanitizers=(address undefined coverage) ;;
    batch) sanitizers=(address undefined) ;;
    prune | change) sanitizers=(address) ;;
    coverage) sanitizers=(coverage) ;;
  esac
  for sanitizer in "${sanitizers[@]}"; do
    say "$step, $sanitizer"
    inside SANITIZER="$sanitizer" bash /src/inside.sh "$step" "$changed" 2>&1 | tee "$folder/$step-$sanitizer.log" || status=1
  done
  rm -rf "$folder/corpus"
  cp -r "$root/corpus" "$root/finds" "$folder/"
  [[ $step != coverage ]] || cp "$root/out-coverage/report.txt" "$folder/coverage.txt"
  say "$step: $((SECONDS - begun)) s"
done
exit "$status"
