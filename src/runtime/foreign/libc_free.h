// A block of Padlock's in libc's own free() or realloc(): libc aborts there ("free(): invalid pointer") or
// faults, as the word in front of the block is none of its own.
#pragma once

#include "arch/context.h"
#include "core/fault.h"

namespace padlock::runtime {

/// For a SIGABRT, SIGSEGV or SIGBUS: an invalid free of kind PointerClass::kOwnBlock where the interrupted
/// code was called by such a function and has a block of Padlock's at hand; otherwise a fault of kind kNone.
/// Waits for no lock.
core::Fault explain_libc_free(const arch::Context& context) noexcept;

}  // namespace padlock::runtime
