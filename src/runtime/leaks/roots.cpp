// What is Padlock's own is left out: its tables name every block.
#include "runtime/leaks/roots.h"

#include <algorithm>

#include "base/arith.h"
#include "base/units.h"
#include "os/mapped_range.h"
#include "os/thread.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reported.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_registry.h"

namespace padlock::runtime {
namespace {

// More than glibc's descriptor of a thread takes, behind the thread pointer.
constexpr std::size_t kDescriptor = 4096;
// Thread-local data of modules that were there at the start lie at most so far below it.
constexpr std::size_t kMostStaticData = 256_KiB;

// The loader's tables of a module lie around its link map; what lies beside them may be anybody's.
constexpr std::uintptr_t kAroundLinkMap = 16_KiB;

template <typename T>
AddressRange range_of(const T& object) noexcept {
  return {address_of(&object), address_of(&object) + sizeof object};
}

// Where Padlock is linked into the program, its variables lie among the program's. These name blocks, or are
// large.
template <typename Visit>
void for_each_own_table(Visit visit) noexcept {
  visit(range_of(reporter));
  visit(range_of(reported_faults));
  visit(range_of(segment_table));
  visit(range_of(thread_registry));
  visit(range_of(large_blocks));
  visit(range_of(guarded_blocks));
}

// The parts of `range` outside of Padlock's tables.
template <typename Visit>
void for_each_foreign_part(AddressRange range, Visit visit) noexcept {
  while (range.begin < range.end) {
    AddressRange next = {range.end, range.end};  // the first table in it
    for_each_own_table([&](const AddressRange& table) {
      if (table.end > range.begin && table.begin < next.begin) next = table;
    });
    if (next.begin > range.begin) visit(AddressRange{range.begin, next.begin});
    range.begin = next.end;
  }
}

// The pages that were noted.
constexpr std::size_t kMostNoted = 16;
constinit AddressRange noted[kMostNoted];
constinit std::size_t noted_count = 0;

class LoaderMemory final : public os::DataVisitor {
 public:
  void on_writable(AddressRange /*segment*/) override {}
  void on_thread_local(AddressRange /*block*/) override {}
  void on_link_map(std::uintptr_t address) override {
    const auto holds = [address](const AddressRange& range) { return range.contains(address); };
    if (noted_count == kMostNoted || std::any_of(noted, noted + noted_count, holds)) return;
    if (place_of(address).holder == Holder::kNobody) noted[noted_count++] = os::mapped_range(address);
  }
};

std::uintptr_t own_thread_pointer() noexcept { return address_of(__builtin_thread_pointer()); }

}  // namespace

void note_loader_memory() noexcept {
  LoaderMemory memory;
  os::visit_link_maps(memory);
}

bool ModuleData::gather() noexcept {
  os::visit_data(*this);
  return complete_;
}

void ModuleData::on_writable(AddressRange segment) {
  if (settings.own_code.contains(segment.begin)) return;
  for_each_foreign_part(segment, [&](const AddressRange& part) { complete_ &= variables_.add(part); });
}

void ModuleData::on_thread_local(AddressRange block) {
  const std::uintptr_t below = own_thread_pointer() - block.begin;
  if (below <= kMostStaticData) static_thread_data_ = std::max(static_thread_data_, below);
}

void ModuleData::on_link_map(std::uintptr_t address) { complete_ &= link_maps_.add(address); }

// Before it was relocated, the loader allocated in pages of its own, which nothing names; what it knows of
// the first modules lies there, and so do the thread-local data of the first thread.
void RootScan::scan_modules() noexcept {
  for (const AddressRange& variables : modules_.variables()) marker_.mark_from(variables);
  for (std::size_t i = 0; i < noted_count; ++i) marker_.mark_from(noted[i]);
  for (const std::uintptr_t map : modules_.link_maps()) {
    const auto holds = [map](const AddressRange& range) { return range.contains(map); };
    if (std::any_of(noted, noted + noted_count, holds)) continue;
    if (place_of(map).holder != Holder::kNobody) continue;
    const AddressRange mapping = memory_.mapping_of(map);
    marker_.mark_from({std::max(mapping.begin, map - std::min(map, kAroundLinkMap)),
                       std::min(mapping.end, map + kAroundLinkMap)});
  }
  bootstrap_heap.for_each_used([this](const AddressRange& used) { marker_.mark_from(used); });
}

void RootScan::scan_caller(std::uintptr_t stack_pointer) noexcept {
  scan_memory_of({os::thread_id(), stack_pointer, own_thread_pointer()});
}

void RootScan::scan(const os::FrozenThread& thread) noexcept {
  if (thread.id == 0) return;  // it has ended
  marker_.mark_from(range_of(thread.registers));
  const auto vectors = address_of(&thread.vectors[0]);
  marker_.mark_from({vectors, vectors + thread.vector_words * sizeof thread.vectors[0]});
  scan_memory_of({thread.id, arch::stack_pointer_of(thread.registers) - arch::kRedZone,
                  arch::thread_pointer_of(thread.registers)});
}

void RootScan::scan_memory_of(const ThreadRoots& thread) noexcept {
  scan_stack(thread);
  scan_thread_data(thread.thread_pointer);
}

void RootScan::scan_stack(const ThreadRoots& thread) noexcept {
  const std::uintptr_t top = thread.stack_pointer;
  const AddressRange known = thread_registry.stack_of(thread.id);
  if (known.contains(top)) return marker_.mark_from({top, known.end});
  // On another stack: an alternate signal stack, or one that the program made, perhaps in a block.
  scan_whole_stack(known);
  if (const std::uint32_t block = blocks_.find(top); block != LiveBlocks::kNone)
    return marker_.mark_from({top, blocks_[block].begin + blocks_[block].size});
  const AddressRange mapping = memory_.mapping_of(top);
  const bool has_descriptor = thread.thread_pointer > top && thread.thread_pointer < mapping.end;
  marker_.mark_from({top, has_descriptor ? thread.thread_pointer : mapping.end});
}

// As far down as it is mapped: where the thread left it is not known here.
void RootScan::scan_whole_stack(AddressRange stack) noexcept {
  if (stack.begin >= stack.end) return;
  const AddressRange mapping = memory_.mapping_of(stack.end - 1);
  marker_.mark_from({std::max(stack.begin, mapping.begin), stack.end});
}

void RootScan::scan_thread_data(std::uintptr_t thread_pointer) noexcept {
  const AddressRange mapping = memory_.mapping_of(thread_pointer);
  if (!mapping.contains(thread_pointer)) return;
  const std::uintptr_t begin = thread_pointer - std::min(thread_pointer, modules_.static_thread_data());
  marker_.mark_from({std::max(begin, mapping.begin), std::min(thread_pointer + kDescriptor, mapping.end)});
  const std::span<const std::uintptr_t> blocks = os::thread_local_vector(thread_pointer);
  marker_.mark_from({address_of(blocks.data()), address_of(blocks.data() + blocks.size())});
}

}  // namespace padlock::runtime
