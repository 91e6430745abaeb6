// Every kernel: one line each, its name on the command line and its function. A file a kernel.
#pragma once

#include "kernel.h"

#define BENCH_KERNELS(X)                    \
  X("pairs-small", pairs_small)             \
  X("pairs-medium", pairs_medium)           \
  X("pairs-large", pairs_large)             \
  X("lifo", lifo)                           \
  X("fifo", fifo)                           \
  X("random", random_lifetimes)             \
  X("realloc", growing_reallocs)            \
  X("calloc", calloc_heavy)                 \
  X("big-blocks", big_blocks)               \
  X("images", images)                       \
  X("large-growth", large_growth)           \
  X("bignum", bignum)                       \
  X("symbolic", symbolic)                   \
  X("containers", containers)               \
  X("producer-consumer", producer_consumer) \
  X("thread-churn", thread_churn)           \
  X("server", server)                       \
  X("live-heap", live_heap)

namespace bench {

#define BENCH_DECLARE(name, function) std::uint64_t function(const Parameters& parameters);
BENCH_KERNELS(BENCH_DECLARE)
#undef BENCH_DECLARE

}  // namespace bench
