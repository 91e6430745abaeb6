// Any libc's: a namespace of dlmopen's own has another one than the program.
#include "runtime/foreign/libc_free.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "os/loaded_module.h"
#include "os/memory.h"
#include "runtime/holders/place.h"
#include "trace/unwinder.h"

extern "C" {
struct dwarf_eh_bases {
  void* text;
  void* data;
  void* function;  // first address of the function
};
const void* _Unwind_Find_FDE(void* address, dwarf_eh_bases* bases);  // libgcc's
}

namespace padlock::runtime {
namespace {

constexpr std::array<std::string_view, 4> kReleasing = {"free", "realloc", "cfree", "__libc_free"};
constexpr std::size_t kDepth = 16;           // frames of libc's own between its free() and its abort()
constexpr std::size_t kWords = 512;          // of the stack
constexpr std::uintptr_t kChunk = 16;        // libc's notion of a block begins so many bytes before it
constinit std::atomic<bool> walking{false};  // the unwinder is one thread's at a time
// Zeros are an empty one; touched where it is used.
alignas(trace::ThreadUnwinder) constinit std::byte unwinder_memory[sizeof(trace::ThreadUnwinder)] = {};

bool is_libc(const os::LoadedModule& module, const os::DynamicTables& tables) noexcept {
  const bool padlock = module.holds(reinterpret_cast<std::uintptr_t>(&is_libc));
  return module.present() && !padlock && tables.exported("__libc_free") != 0 && tables.exported("abort") != 0;
}

std::uintptr_t function_of(std::uintptr_t return_address) noexcept {
  dwarf_eh_bases bases{};
  void* const inside = reinterpret_cast<void*>(return_address - 1);
  return _Unwind_Find_FDE(inside, &bases) == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(bases.function);
}

bool is_releasing(std::uintptr_t return_address) noexcept {
  const os::LoadedModule module = os::module_at(return_address - 1);
  const os::DynamicTables tables(module);
  if (!is_libc(module, tables)) return false;
  const std::uintptr_t function = function_of(return_address);
  for (const std::string_view name : kReleasing) {
    if (function != 0 && tables.exported(name) == function) return true;
  }
  return false;
}

bool is_in_libc_free(const trace::FrameState& interrupted) noexcept {
  std::uintptr_t pcs[kDepth];
  if (walking.exchange(true, std::memory_order_acquire)) return false;
  auto& unwinder = *reinterpret_cast<trace::ThreadUnwinder*>(unwinder_memory);
  unwinder.set_stack({});
  const std::size_t depth = unwinder.walk(interrupted, trace::UnwindMode::kFast, pcs);
  walking.store(false, std::memory_order_release);
  for (const std::uintptr_t pc : std::span(pcs, depth)) {
    if (is_releasing(pc)) return true;
  }
  return false;
}

core::BlockSnapshot live_block(std::uintptr_t address) noexcept {
  if (address % 16 != 0) return {};
  const core::BlockSnapshot block = try_find_block(address).value_or(core::BlockSnapshot{});
  const bool fits = block.user == address && block.sealed && block.state == core::BlockState::kLive;
  return fits ? block : core::BlockSnapshot{};
}

// libc's functions have the block at hand, most of them as it begins to them.
core::BlockSnapshot block_at_hand(const arch::Context& context) noexcept {
  std::uintptr_t values[arch::kRegisters + kWords];
  std::size_t size = 0;
  for (std::size_t i = 0; i < arch::kRegisters; ++i) values[size++] = arch::register_of(context, i);
  std::uintptr_t at = arch::stack_pointer_of(context);
  for (std::size_t i = 0; i < kWords && os::is_readable(at, sizeof at); ++i, at += sizeof at) {
    std::memcpy(values + size++, reinterpret_cast<const void*>(at), sizeof at);
  }
  for (const std::uintptr_t offset : {kChunk, std::uintptr_t{0}}) {
    for (const std::uintptr_t value : std::span(values, size)) {
      if (const core::BlockSnapshot block = live_block(value + offset); block.present()) return block;
    }
  }
  return {};
}

}  // namespace

core::Fault explain_libc_free(const arch::Context& context) noexcept {
  core::Fault fault;
  const trace::FrameState interrupted = arch::interrupted_frame(context);
  const os::LoadedModule module = os::module_at(interrupted.pc - 1);
  if (!is_libc(module, os::DynamicTables(module)) || !is_in_libc_free(interrupted)) return fault;
  const core::BlockSnapshot block = block_at_hand(context);
  if (!block.present()) return fault;
  fault.kind = core::FaultKind::kInvalidFree;
  fault.moment = core::Moment::kFree;
  fault.call = core::Call::kFree;
  fault.pointer_class = core::PointerClass::kOwnBlock;
  fault.address = block.user;
  fault.block = block;
  return fault;
}

}  // namespace padlock::runtime
