// Stacks and places as AddressSanitizer prints them.
#pragma once

#include "base/text.h"
#include "report/report.h"

namespace padlock::report {

/// "    #0 0x55d0 in function file:line", "    #0 0x55d0 in function (module+0xoffset) (BuildId: hex)";
/// addresses are those of the calls, one before the return address. An empty stack has one frame of zeros,
/// since readers look for one. Then an empty line.
void print_asan_stack(const Stack& stack, TextWriter& out) noexcept;

/// "T0": AddressSanitizer counts from 0.
void print_asan_thread(const Thread& thread, TextWriter& out) noexcept;

/// "SUMMARY: AddressSanitizer: NAME FILE:LINE in FUNCTION", of the program's own frame.
void print_asan_summary(std::string_view name, const Stack& stack, TextWriter& out) noexcept;

/// "DEDUP_TOKEN: first--second--third": of so many frames; nothing for 0.
void print_dedup_token(const Stack& stack, std::size_t length, TextWriter& out) noexcept;

}  // namespace padlock::report
