// From a mismatch to the call that may have been an operator's, and to the modules that it may belong to.
#include "runtime/foreign/own_operators.h"

#include <atomic>

#include "os/call_target.h"
#include "os/loaded_module.h"
#include "runtime/foreign/operator_owners.h"
#include "runtime/memory/settings.h"
#include "trace/module_history.h"

namespace padlock::runtime {
namespace {

constinit std::atomic<bool> news_replaced{false};
constinit std::atomic<bool> deletes_replaced{false};

bool is_of_malloc(core::Origin origin) noexcept {
  return origin == core::Origin::kMalloc || origin == core::Origin::kAligned;
}

std::uintptr_t allocating_call(const core::Fault& fault) noexcept {
  std::uintptr_t pc[1] = {};
  return trace_depot.fetch(fault.block.alloc_trace, pc) == 0 ? 0 : pc[0];
}

// By a module that is unloaded: whether it had operators of its own is not known any more.
bool is_unknown_allocator(const core::Fault& fault, std::uintptr_t pc) noexcept {
  const std::uint32_t generation = trace_depot.generation_of(fault.block.alloc_trace);
  return pc != 0 && trace::module_history.find_unloaded(pc - 1, generation) != nullptr;
}

// The call that returns to `pc` reached malloc or free, perhaps by way of functions that ended by jumping on.
bool may_be_operator(std::uintptr_t pc, Half half) noexcept {
  const os::LoadedModule caller = pc == 0 ? os::LoadedModule{} : os::module_at(pc - 1);
  if (has_own_operators(caller, half)) return true;
  const std::uintptr_t target = caller.present() ? os::call_target(pc) : 0;
  if (target == 0) return any_has_own_operators(half);
  return has_own_operators(os::module_at(target), half);
}

}  // namespace

void note_replaced_operators(bool news, bool deletes) noexcept {
  news_replaced.store(news, std::memory_order_relaxed);
  deletes_replaced.store(deletes, std::memory_order_relaxed);
}

bool is_pair_of_own_operators(const core::Fault& fault, const trace::FrameState& from) noexcept {
  const bool malloced = is_of_malloc(fault.block.origin);
  const bool freed = is_of_malloc(fault.given_origin);
  if (malloced == freed) return false;  // new[] and delete: both of them reached Padlock
  if (fault.moment != core::Moment::kFree) return false;
  if (malloced) {
    const std::uintptr_t call = allocating_call(fault);
    return news_replaced || is_unknown_allocator(fault, call) || may_be_operator(call, Half::kNew);
  }
  return deletes_replaced || may_be_operator(from.pc, Half::kDelete);
}

}  // namespace padlock::runtime
