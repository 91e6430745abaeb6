// Operators new and delete that are not Padlock's: which modules have some of their own. Such a module's
// `new` calls malloc, and its `delete` calls free; a block that crosses its border reaches Padlock by one of
// its two ends only, which is no mismatch. docs/DESIGN.md, section 5, has the rule.
#pragma once

#include <cstdint>

#include "core/fault.h"
#include "trace/frame_state.h"

namespace padlock::runtime {

/// Whether the program replaces the operators of the whole process, its libraries included. Told by the ABI
/// edge at start-up.
void note_replaced_operators(bool news, bool deletes) noexcept;

/// Whether the alloc-dealloc mismatch is none: the half of the pair that reached Padlock as malloc or free
/// was called by an operator of the program's. `from`: the call that releases. Called outside the allocator,
/// since it reads files; takes no lock and allocates nothing.
bool is_pair_of_own_operators(const core::Fault& fault, const trace::FrameState& from) noexcept;

}  // namespace padlock::runtime
