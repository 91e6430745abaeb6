// The list, newest last. A process has tens or hundreds of modules, and looks for one only where an address
// is new.
#include "trace/module_history.h"

#include <algorithm>
#include <string_view>

#include "base/random.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::trace {
namespace {

constexpr std::uint32_t kAnyGeneration = ~std::uint32_t{0};

std::uint64_t hash_of(const os::ModuleIdentity& module) noexcept {
  std::uint64_t hash = mix64(module.range.begin ^ module.range.end);
  for (const std::string_view text : {std::string_view(module.path), std::string_view(module.build_id)}) {
    for (const char c : text) hash = mix64(hash ^ static_cast<unsigned char>(c));
  }
  return hash | 1;
}

}  // namespace

constinit ModuleHistory module_history;

void* ModuleHistory::map_pages(std::size_t bytes) {
  return os::can_spare(bytes) ? os::map_table(bytes) : nullptr;
}

std::uint64_t ModuleHistory::size() const noexcept {
  return std::min<std::uint64_t>(given_.load(std::memory_order_acquire), Records::kMost);
}

ModuleHistory::Record* ModuleHistory::latest(std::uintptr_t address,
                                             std::uint32_t generation) const noexcept {
  for (std::uint64_t i = size(); i-- != 0;) {
    Record* const record = records_.find(i);
    if (record == nullptr || !record->complete.load(std::memory_order_acquire)) continue;
    if (record->module.range.contains(address) && record->first <= generation) return record;
  }
  return nullptr;
}

void ModuleHistory::note(std::uintptr_t address, std::uint32_t generation, MapMemory map) noexcept {
  const auto is_noted = [&](const Record* record) {
    return record != nullptr && record->last.load(std::memory_order_relaxed) == generation &&
           record->module.range.contains(address);
  };
  if (is_noted(lately_.load(std::memory_order_acquire))) return;
  Record* const known = latest(address, kAnyGeneration);
  if (known != nullptr) lately_.store(known, std::memory_order_release);
  if (is_noted(known)) return;
  os::ModuleIdentity module;
  if (!os::identify_module(address, module)) return;
  if (known != nullptr && os::same_module(known->module, module)) {
    known->last.store(generation, std::memory_order_relaxed);
    return;
  }
  const std::uint64_t index = given_.fetch_add(1, std::memory_order_acq_rel);
  if (index >= Records::kMost || !records_.reach(index, map)) return;
  Record& record = *records_.find(index);
  record.module = module;
  record.salt = salt_for(module, index);
  record.first = generation;
  record.last.store(generation, std::memory_order_relaxed);
  record.complete.store(true, std::memory_order_release);
}

// The first module at a place has none, so that stacks of programs that unload nothing are as they were.
std::uint64_t ModuleHistory::salt_for(const os::ModuleIdentity& module, std::uint64_t records) noexcept {
  bool follows_another = false;
  for (std::uint64_t i = 0; i != records; ++i) {
    const Record* const record = records_.find(i);
    if (record == nullptr || !record->complete.load(std::memory_order_acquire)) continue;
    if (!record->overlaps(module.range)) continue;
    if (os::same_module(record->module, module)) return record->salt;
    contest(record->module.range);
    follows_another = true;
  }
  if (!follows_another) return 0;
  contest(module.range);
  return hash_of(module);
}

void ModuleHistory::contest(const AddressRange& range) noexcept {
  std::uintptr_t begin = contested_begin_.load(std::memory_order_relaxed);
  while (!contested_begin_.compare_exchange_weak(begin, std::min(begin, range.begin))) {
  }
  std::uintptr_t end = contested_end_.load(std::memory_order_relaxed);
  while (!contested_end_.compare_exchange_weak(end, std::max(end, range.end))) {
  }
}

std::uint64_t ModuleHistory::salt_in_contested(std::span<const std::uintptr_t> pcs) const noexcept {
  const AddressRange contested = {contested_begin_.load(std::memory_order_relaxed),
                                  contested_end_.load(std::memory_order_relaxed)};
  std::uint64_t salt = 0;
  for (const std::uintptr_t pc : pcs) {
    if (!contested.contains(pc - 1)) continue;
    const Record* const record = latest(pc - 1, kAnyGeneration);
    if (record != nullptr) salt = salt * 3 + record->salt;
  }
  return salt;
}

const os::ModuleIdentity* ModuleHistory::find(std::uintptr_t address,
                                              std::uint32_t generation) const noexcept {
  const Record* const record = latest(address, generation);
  return record != nullptr ? &record->module : nullptr;
}

const os::ModuleIdentity* ModuleHistory::find_unloaded(std::uintptr_t address,
                                                       std::uint32_t generation) const noexcept {
  const os::ModuleIdentity* const module = find(address, generation);
  return module != nullptr && !os::is_still_loaded(*module) ? module : nullptr;
}

}  // namespace padlock::trace
