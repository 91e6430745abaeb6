#!/bin/bash -eu
# What ClusterFuzzLite runs to build the harnesses. It sets CC, CXX, CFLAGS and CXXFLAGS (with the sanitizer and the
# engine's coverage), LIB_FUZZING_ENGINE, SRC, WORK and OUT.
cd "$SRC/padlock"

# libc++ notes the bounds of containers for AddressSanitizer, which breaks where only one side of a call is
# instrumented: the model is not. And it lacks std::atomic_ref.
CXXFLAGS=${CXXFLAGS//-stdlib=libc++/}
export CXXFLAGS

cmake -S . -B "$WORK/padlock" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPADLOCK_BUILD_TESTS=OFF \
  -DPADLOCK_FUZZ=ON -DPADLOCK_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"

mapfile -t harnesses < <(sed -n 's/^padlock_harness(\([a-z_]*\) .*/\1/p' fuzz/CMakeLists.txt)
cmake --build "$WORK/padlock" --target "${harnesses[@]/#/fuzz_}"

for harness in "${harnesses[@]}"; do
  cp "$WORK/padlock/fuzz/$harness" "fuzz/options/$harness.options" "$OUT/"
  folders=()
  for folder in "corpus/$harness" "corpus/regressions/$harness"; do [[ ! -d $folder ]] || folders+=("$folder"); done
  rm -f "$OUT/${harness}_seed_corpus.zip"
  find "${folders[@]}" -type f -print0 | xargs -0 zip -q -j "$OUT/${harness}_seed_corpus.zip"
done
cp fuzz/dictionaries/*.dict "$OUT/"
