#!/bin/bash
# This project itself: configured, compiled without optimization, linked and run.
# needs: cmake ninja g++
# packages: cmake ninja-build g++ binutils libboost-stacktrace-dev libcli11-dev libfmt-dev
cmake -S "$PADLOCK_SOURCE_DIR" -B build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-O0 -DPADLOCK_BUILD_TESTS=OFF >configure.log 2>&1 || { tail configure.log; exit 1; }
ninja -C build padlock_core padlock_os padlock_trace padlock_options padlock_report >build.log 2>&1 || { tail -n 20 build.log; exit 1; }
ninja -C build -n padlock_core padlock_report | tail -n 1
find build -name '*.o' | wc -l
