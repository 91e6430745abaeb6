// The parts of diagnose(), each a question of its own; none of them calls another.
#pragma once

#include "report/report.h"

namespace padlock::report {

Location locate(const core::Fault& fault) noexcept;
Suspect suspect_of(const core::Fault& fault) noexcept;
StackRoles stacks_of(const Report& report) noexcept;
Since damaged_since(const Report& report) noexcept;
AdviceList advise(const Report& report) noexcept;

// The causes of one kind of fault, or of some; fault_table.def says which.
void find_nothing(const Report& report, Findings& findings) noexcept;
void find_in_overflow(const Report& report, Findings& findings) noexcept;
void find_in_underflow(const Report& report, Findings& findings) noexcept;
void find_in_freed_write(const Report& report, Findings& findings) noexcept;
void find_in_read_value(const Report& report, Findings& findings) noexcept;
void find_in_double_free(const Report& report, Findings& findings) noexcept;
void find_in_invalid_free(const Report& report, Findings& findings) noexcept;
void find_in_mismatch(const Report& report, Findings& findings) noexcept;
void find_in_wrong_size(const Report& report, Findings& findings) noexcept;
void find_in_wrong_alignment(const Report& report, Findings& findings) noexcept;
void find_in_corruption(const Report& report, Findings& findings) noexcept;
void find_in_size(const Report& report, Findings& findings) noexcept;
void find_in_handler(const Report& report, Findings& findings) noexcept;
/// What another block has to do with it that was at the same place before. For every kind.
void find_earlier(const Report& report, Findings& findings) noexcept;
/// What holds for written bytes wherever they are: text, a fill, a pointer. For the functions above.
void find_in_bytes(const Report& report, Findings& findings) noexcept;

}  // namespace padlock::report
