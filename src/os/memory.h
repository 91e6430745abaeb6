// Pages. Every function keeps errno; sizes and addresses are multiples of the page size unless said.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace padlock::os {

std::size_t page_size() noexcept;

/// Of a confined process as of the latest call before that: the lower of the limits of address space and of
/// data (RLIMIT_AS, RLIMIT_DATA) as of now, in bytes; SIZE_MAX where there are none.
std::size_t memory_limit() noexcept;

enum class Protection { kNone, kReadOnly, kReadWrite };

/// Fresh zeroed private pages, or null. `alignment` 0: a page. Pages that cannot be written cost address
/// space only.
void* map(std::size_t size, Protection protection, std::size_t alignment = 0) noexcept;
/// The same at exactly this address; null where anything is mapped there.
void* map_at(void* address, std::size_t size, Protection protection) noexcept;
/// The same at this address if nothing is mapped there, else anywhere.
void* map_near(std::uintptr_t address, std::size_t size, Protection protection) noexcept;
/// Whether `size` bytes more can be mapped, and some MiB beyond, besides `needed` bytes that are going to be
/// mapped in any case: what Padlock can do without must not take the last of a limited memory, or a program
/// that works under one limit fails under a higher one. True without a limit.
/// Where all pages are locked in memory, RLIMIT_MEMLOCK is such a limit, and RLIMIT_DATA is not looked at.
bool can_spare(std::size_t size, std::size_t needed = 0) noexcept;
/// Fresh zeroed pages that the kernel joins to no other mapping: between inaccessible ones. Null where it
/// refuses. Given back by unmap_apart(), by the same size.
void* map_apart(std::size_t size) noexcept;
void unmap_apart(void* address, std::size_t size) noexcept;
/// Fresh zeroed pages that a forked child shares with its parent, or null.
void* map_shared(std::size_t size) noexcept;
/// Reserves exactly these addresses, inaccessible, and charges no memory. False where anything is mapped
/// there.
bool map_reserved_at(void* address, std::size_t size) noexcept;
/// False when the kernel refuses: a hole in a mapping makes one mapping more.
bool unmap(void* address, std::size_t size) noexcept;
/// False when the kernel refuses (its limit of mappings is reached).
bool protect(void* address, std::size_t size, Protection protection) noexcept;
/// Gives the pages' memory back; they read as zero afterwards. False, and nothing done, where they are
/// locked.
bool discard(void* address, std::size_t size) noexcept;
/// The same for pages that may be locked, whose contents are not needed and that are inaccessible: where the
/// kernel cannot discard them (before Linux 5.18, or in a confined process), fresh inaccessible ones take
/// their place.
bool discard_closed(void* address, std::size_t size) noexcept;

/// Backs accessible pages by memory, as if each were written to, at about half of what the faults would cost.
/// Where the kernel cannot (before Linux 5.14), or memory is short, the faults come as ever.
void back_by_memory(void* address, std::size_t size) noexcept;
/// Asks the kernel to back the pages, multiples of kHugePage, by huge ones; it may or may not.
inline constexpr std::size_t kHugePage = 2_MiB;
void prefer_huge_pages(void* address, std::size_t size) noexcept;

/// Whether all of [address, address + size) can be read now; any address and size. One system call a page.
bool is_readable(std::uintptr_t address, std::size_t size) noexcept;

/// Whether anything is mapped at `address`, accessible or not.
bool is_mapped(std::uintptr_t address) noexcept;

}  // namespace padlock::os
