// glibc's malloc_stats, mallinfo, mallinfo2 and malloc_info, with Padlock's counters.
#pragma once

#include <cstdio>

#include "os/mallinfo.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// To stderr.
void print_statistics(const trace::FrameState& from) noexcept;
/// Counters that do not fit an int are cut, as glibc does.
struct mallinfo small_mallinfo(const trace::FrameState& from) noexcept;
struct mallinfo2 large_mallinfo(const trace::FrameState& from) noexcept;
/// XML; 0, or EINVAL where `options` is not 0.
int write_malloc_info(int options, std::FILE* file, const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
