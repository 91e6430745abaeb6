# shellcheck shell=bash disable=SC2034
# The Debian packages that each need of ./dev takes: the one list of them. Sourced by ./dev.

packages_build=(
  cmake ninja-build g++ binutils
  libboost-stacktrace-dev libcli11-dev libdw-dev libfmt-dev nlohmann-json3-dev
)
packages_real=(python3 time)
packages_demo=(
  "${packages_build[@]}"
  git perl python3 sqlite3 jq
)
packages_test=(
  "${packages_demo[@]}"
  clang-14 libclang-rt-14-dev libgtest-dev libgmock-dev
  dpkg-dev file gdb libcap2-bin libjemalloc2 libtcmalloc-minimal4 libxml2-utils lua5.4 make nodejs openssl pkg-config procps python3 python3-clang-14 python3-jsonschema python3-pytest qemu-user redis-server redis-tools time util-linux valgrind zsh
)
packages_lint=(
  "${packages_build[@]}"
  clang-14 clang-format-14 clang-tidy-14 python3 shellcheck
  libclang-rt-14-dev libgtest-dev libgmock-dev
)
packages_coverage=("${packages_test[@]}" llvm-14)
packages_ci=(ccache)
packages_package=(dpkg-dev)
packages_root=(debootstrap)
packages_fuzz=("${packages_build[@]}" clang-14 libclang-rt-14-dev afl++ libjemalloc2 libtcmalloc-minimal4 python3)
packages_bench=(
  "${packages_build[@]}"
  libbenchmark-dev python3 valgrind clang-14 libclang-rt-14-dev clang-format-14 libxml2-dev
  afl++ duma electric-fence libgoogle-perftools4 libjemalloc2 libtcmalloc-minimal4 gcc
  git jq libxml2-utils lua5.4 perl redis-server redis-tools sqlite3 z3 linux-perf
)
