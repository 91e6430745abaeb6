// What every call relies on of heaps and caches: keys, places, lengths. A wild pointer of the program's may
// overwrite it, and then sound blocks look damaged, and what is found means nothing.
#pragma once

#include <optional>

#include "core/cache/block_cache.h"
#include "core/fault.h"

namespace padlock::runtime {

/// That some of it was overwritten, of any heap's or of the calling thread's cache, if so. All of them have
/// the process's keys again then. Precondition: the thread holds no arena's lock.
[[nodiscard]] std::optional<core::Fault> overwritten_state(core::BlockCache& cache,
                                                           core::Moment moment) noexcept;

}  // namespace padlock::runtime
