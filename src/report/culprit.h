// Where a report points to, in one place: the stack that explains the fault best, the program's own frame in
// it, and a hash that reports of the same cause have in common.
#pragma once

#include <cstdint>
#include <string_view>

#include "report/report.h"

namespace padlock::report {

/// The stack that made the fault; where damage was found late, that of the damaged block's owner: who freed
/// it for a write after that, otherwise who allocated it. The one that found the damage where no other is
/// known, as of a block whose header does not show it any more, or none was hit. A write for a request counts
/// as found late.
StackRole culprit_of(const Report& report) noexcept;

/// Whether a system call that damaged the block was made by a thread of libc's own, whose stack shows no
/// function of the program's, as for aio_read().
bool is_for_a_request(const Report& report) noexcept;

/// Whether a frame is the program's own or a library's, not of the C and C++ runtimes' libraries and headers,
/// and no wrapper of an allocation function where the report is about its caller (wrappers.h).
bool is_of_program(const Frame& frame) noexcept;

/// The innermost frame of the program's own, otherwise the innermost one; null for an empty stack.
const Frame* own_frame_of(const Stack& stack) noexcept;

/// Of the kind and the innermost three frames of the program's own: each by its function and its
/// file's name without folders (its module's, where there is no file), or by its module's name and its offset
/// where the function is not known. So it is the same from run to run, wherever modules are loaded, and after
/// lines have moved. 64-bit FNV-1a.
std::uint64_t stack_hash(std::string_view kind, const Stack& stack) noexcept;

}  // namespace padlock::report
