// The words that reports are made of: one place for how a block, a call or a number of bytes is called.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"
#include "core/fault.h"
#include "report/report.h"

namespace padlock::report {

/// "1 byte", "24 bytes".
void bytes_words(TextWriter& out, std::uint64_t count) noexcept;
/// Of a size or a length that a program passed: "24 bytes", "18446744073709551615 bytes (that is -1)".
void passed_bytes_words(TextWriter& out, std::uint64_t count) noexcept;
/// "a 24-byte block", "an 8-byte block", "a freed 24-byte block"; "a block" where the size cannot be trusted.
void block_words(TextWriter& out, const core::BlockSnapshot& block, std::string_view adjective = "") noexcept;
/// "'AAAA'": what is not printable is escaped; dots stand for what the excerpt leaves out.
void quoted(TextWriter& out, const Excerpt& excerpt) noexcept;
/// "T1 (tid 1234, name)"; "an unknown thread" for index 0 without a system id.
void thread_words(TextWriter& out, const Thread& thread) noexcept;

/// Where a block came from: "malloc", "new", "new[]", "an aligned allocation" (that it was posix_memalign or
/// aligned_alloc or one more of them is not recorded).
std::string_view origin_name(core::Origin origin) noexcept;
/// What releases such a block: "free()", "delete", "delete[]".
std::string_view releaser_name(core::Origin origin) noexcept;
/// "realloc()", "reallocarray()".
std::string_view resize_name(core::Call call) noexcept;
/// The call in which the fault was found: "free()", "free_sized()", "delete[]", "realloc()", "malloc()", ...
std::string_view call_name(const core::Fault& fault) noexcept;
/// "read", "write", "access".
std::string_view access_name(core::Access access) noexcept;
/// "memcpy() reads 64 bytes", of a call that was stopped.
void accessing_words(TextWriter& out, const core::Fault& fault) noexcept;
/// "SIGSEGV"; "signal 99" of one that ends no process that Padlock stands before.
void signal_words(TextWriter& out, std::int32_t signal) noexcept;
/// "before SIGSEGV (a write of 0x0) ends the program", "before SIGTERM ends the program"; "at SIGABRT", where
/// a handler of the program's is called next.
void ending_words(TextWriter& out, const EndingSignal& ending) noexcept;
/// "live", "freed, in quarantine", ...
std::string_view state_name(core::BlockState state) noexcept;

/// The plain words of a report's first line, without the kind: "1 byte written past the end of a 24-byte
/// block".
void headline(const core::Fault& fault, TextWriter& out) noexcept;

}  // namespace padlock::report
