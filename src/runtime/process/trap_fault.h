// What a trapped access hit, if it hit anything of Padlock's: a guard page, or a freed large block.
#pragma once

#include <cstdint>

#include "arch/context.h"
#include "core/fault.h"

namespace padlock::runtime {

/// A first look, with hardly any stack, no lock and no system call: false where the address is certainly not
/// Padlock's.
bool may_be_guarded(std::uintptr_t address) noexcept;

/// The fault; of kind kNone where the address is not Padlock's. Waits up to a second for other threads that
/// have the block's description under their lock.
core::Fault explain_trap(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept;

/// Damage in the slack of a live guarded block, or to header or padding of a large one, at an address that
/// a tracer stopped the thread for: nothing traps there by itself. Of kind kNone where that is not so.
/// `moment`: kWrite or kKernelWrite.
core::Fault explain_seen_write(std::uintptr_t address, core::Moment moment) noexcept;

/// A system call that was to write there failed, which a tracer saw: a block that has been freed in the
/// meantime. Of kind kNone where there is none.
core::Fault explain_refused_write(std::uintptr_t address, const arch::Context& context) noexcept;

/// An access to an address that is not Padlock's, where it ends the program: far before or beyond a block,
/// from whose address the instruction computed it (Blame::kComputed), or beside the guard pages of a large
/// block whose address the code had at hand (Blame::kAtHand). Otherwise of kind kNone.
core::Fault explain_stray(std::uintptr_t address, core::Access access, const arch::Context& context) noexcept;

/// A trap of Padlock's own code at work on its own tables: something in them has led it to where nothing is.
/// `address`: 0 where it is outside the address space. Otherwise of kind kNone.
core::Fault explain_own_trap(std::uintptr_t address, core::Access access,
                             const arch::Context& context) noexcept;

/// Whether `address` has been made accessible since the access trapped, by another thread: no block of this
/// thread's lies there, and nothing is left to be seen of it. The access is to be made again, once.
bool may_be_open_by_now(std::uintptr_t address) noexcept;

/// Which access a thread made again last: one that traps again does so for another reason.
class AccessMadeAgain {
 public:
  constexpr AccessMadeAgain() noexcept = default;

  /// Whether the instruction at `pc` may have another go at `address`: not twice in a row.
  bool may_be_made(std::uintptr_t pc, std::uintptr_t address) noexcept {
    const bool again = pc == pc_ && address == address_;
    pc_ = again ? 0 : pc;
    address_ = again ? 0 : address;
    return !again;
  }

 private:
  std::uintptr_t pc_ = 0;
  std::uintptr_t address_ = 0;
};

/// Whether `context` is a read of Padlock's own where nothing is accessible: the quick path looks at the
/// header before a pointer that it is given. Then it is to go on, and will find no header there.
bool is_own_look(std::uintptr_t address, const arch::Context& context) noexcept;

}  // namespace padlock::runtime
