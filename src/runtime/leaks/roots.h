// Where pointers to blocks are looked for first: variables of all modules, and of each thread its registers,
// its stack from the stack pointer on, and its thread-local data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/range.h"
#include "os/frozen_threads.h"
#include "os/writable_data.h"
#include "runtime/leaks/mark.h"
#include "runtime/leaks/own_list.h"
#include "runtime/leaks/process_memory.h"

namespace padlock::runtime {

/// A thread, as far as it matters here.
struct ThreadRoots {
  std::int32_t id = 0;
  std::uintptr_t stack_pointer = 0;
  std::uintptr_t thread_pointer = 0;
};

/// Start-up, before the program maps anything: the pages that the loader has mapped for its own tables by
/// then. Without it, a check looks at what lies around what the loader knows of each module.
void note_loader_memory() noexcept;

/// Variables of the process's modules, but for Padlock's own. Gathered by the thread that checks, while the
/// list of modules stands still. Not thread-safe.
class ModuleData final : public os::DataVisitor {
 public:
  /// False without memory.
  bool gather() noexcept;

  [[nodiscard]] std::span<const AddressRange> variables() const noexcept { return variables_.items(); }
  /// Addresses in memory of the loader's.
  [[nodiscard]] std::span<const std::uintptr_t> link_maps() const noexcept { return link_maps_.items(); }
  /// How many bytes below a thread pointer the thread-local data begin that each thread has there.
  [[nodiscard]] std::size_t static_thread_data() const noexcept { return static_thread_data_; }

  void on_writable(AddressRange segment) override;
  void on_thread_local(AddressRange block) override;
  void on_link_map(std::uintptr_t address) override;

 private:
  OwnList<AddressRange> variables_;
  OwnList<std::uintptr_t> link_maps_;
  std::size_t static_thread_data_ = 0;
  bool complete_ = true;
};

/// Marks from all roots but those that the program has registered. `blocks` is what `marker` marks.
class RootScan {
 public:
  RootScan(Marker& marker, const LiveBlocks& blocks, const ProcessMemory& memory,
           const ModuleData& modules) noexcept
      : marker_(marker), blocks_(blocks), memory_(memory), modules_(modules) {}

  void scan_modules() noexcept;
  /// The thread that checks: what lies below its stack pointer is Padlock's.
  void scan_caller(std::uintptr_t stack_pointer) noexcept;
  void scan(const os::FrozenThread& thread) noexcept;

 private:
  void scan_memory_of(const ThreadRoots& thread) noexcept;
  void scan_stack(const ThreadRoots& thread) noexcept;
  void scan_whole_stack(AddressRange stack) noexcept;
  void scan_thread_data(std::uintptr_t thread_pointer) noexcept;

  Marker& marker_;
  const LiveBlocks& blocks_;
  const ProcessMemory& memory_;
  const ModuleData& modules_;
};

}  // namespace padlock::runtime
