// What stands behind the API of the leak check, which padlock.h documents, and behind LeakSanitizer's.
#pragma once

#include <cstddef>

#include "trace/unwinder.h"

namespace padlock::runtime {

/// How many blocks leak; PADLOCK_LEAKS_UNKNOWN where the check was not possible.
std::size_t leak_check_on_request(const trace::FrameState& from) noexcept;

/// Where the options ask for leaks: a check that ends the process if there are any, after which there is none
/// at exit; a check that does not, and whether there are any.
void check_leaks_for_good(const trace::FrameState& from) noexcept;
bool check_leaks_and_go_on(const trace::FrameState& from) noexcept;

/// What the calling thread allocates from now on is no leak, until the same is taken back as often.
void exclude_own_blocks(const trace::FrameState& from) noexcept;
void include_own_blocks(const trace::FrameState& from) noexcept;
/// The block that holds `address`, if one does.
void exclude_block(const void* address) noexcept;

/// Memory that is a root although it is neither a variable nor a stack.
void add_root(const void* memory, std::size_t size) noexcept;
/// False if it was not added exactly so.
bool remove_root(const void* memory, std::size_t size) noexcept;

}  // namespace padlock::runtime
