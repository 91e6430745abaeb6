// The malloc family: sizes and alignments checked, errno set as glibc does, each call led to the arena, the
// large blocks or the bootstrap heap. The exported functions only forward here.
//
// All functions are thread-safe and keep errno unless they fail. `from` is the frame of the program that
// called.
#pragma once

#include <cstddef>

#include "runtime/calls/call.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// Null and ENOMEM without memory or for a size beyond PTRDIFF_MAX. Any size gives a block of its own.
void* allocate(const AllocateCall& call, const trace::FrameState& from) noexcept;
/// calloc.
void* allocate_zeroed(std::size_t count, std::size_t size, const trace::FrameState& from) noexcept;
/// memalign and aligned_alloc: the alignment is rounded up to a power of two, as glibc does; null and EINVAL
/// where that is no size_t.
void* allocate_aligned(const AllocateCall& call, const trace::FrameState& from) noexcept;
/// posix_memalign: returns the error and leaves errno alone.
int allocate_posix(void** result, std::size_t alignment, std::size_t size,
                   const trace::FrameState& from) noexcept;
/// valloc.
void* allocate_page_aligned(std::size_t size, const trace::FrameState& from) noexcept;
/// pvalloc: whole pages.
void* allocate_pages(std::size_t size, const trace::FrameState& from) noexcept;

/// free, delete. Null is nothing.
void release(void* pointer, const ReleaseCall& call, const trace::FrameState& from) noexcept;

/// realloc: size 0 frees, and returns null.
void* reallocate(void* pointer, std::size_t size, const trace::FrameState& from) noexcept;
/// reallocarray.
void* reallocate_array(void* pointer, std::size_t count, std::size_t size,
                       const trace::FrameState& from) noexcept;

/// The requested size, exactly; 0 for null and, after a report, for what is no live block.
std::size_t usable_size(const void* pointer, const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
