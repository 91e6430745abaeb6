// Interposes total() of the library: adds 1000 to the first number, and `missing`, which nobody defines.
#include "preload/pass_through.h"

namespace {

[[gnu::constructor]] void start() { padlock::preload::resolve_pass_throughs(); }

std::uintptr_t seen_pc = 0;
std::uintptr_t seen_sp = 0;

void on_total(padlock::runtime::PassedCall& call) noexcept {
  call.argument[2] += 1000;
  seen_pc = call.from().pc;
  seen_sp = call.from().sp;
}

void on_missing(padlock::runtime::PassedCall&) noexcept {}

}  // namespace

extern "C" [[gnu::visibility("default")]] std::uintptr_t pc_seen() { return seen_pc; }
extern "C" [[gnu::visibility("default")]] std::uintptr_t sp_seen() { return seen_sp; }

PADLOCK_PASS_THROUGH(total, on_total)
PADLOCK_PASS_THROUGH(missing, on_missing)
