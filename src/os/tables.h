// Memory for what Padlock keeps for itself beside the heap: each table lies between inaccessible pages, so
// that no run of accesses that begins elsewhere gets into one. Blocks, and the metadata of segments, are
// mapped by os/memory.h (.ci/checks/own_mappings.sh lists where).
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::os {

/// Fresh zeroed pages, or null where the system has no memory; `size` in bytes is rounded up to whole pages.
/// Between inaccessible ones, unless the process has no mappings left. Takes no lock: thread-safe and
/// async-signal-safe, and so are the others. They keep errno.
void* map_table(std::size_t size) noexcept;
/// Its memory goes back to the system; its addresses stay reserved, or serve the next table. `size`: as it
/// was mapped.
void unmap_table(void* table, std::size_t size) noexcept;

/// Whether `address` lies in such a table, or in the inaccessible pages around them. Makes no system call.
bool is_table(std::uintptr_t address) noexcept;

/// Gives back what is reserved for tables to come: addresses, which count where all memory is to be locked.
void unmap_table_reserve() noexcept;

}  // namespace padlock::os
