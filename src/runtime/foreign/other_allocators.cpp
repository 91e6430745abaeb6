// glibc's blocks are known by their place or by the word in front of them; other allocators by the functions
// that their modules export.
#include "runtime/foreign/other_allocators.h"

#include <array>
#include <optional>
#include <string_view>

#include "base/arith.h"
#include "base/file_mark.h"
#include "base/text.h"
#include "os/elf_notes.h"
#include "os/file_reader.h"
#include "os/loaded_module.h"
#include "os/maps_parser.h"
#include "os/memory.h"
#include "runtime/holders/pointer_class.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constinit NextAllocator next;

// What an allocator calls its own way in, where not malloc.
constexpr std::array<std::string_view, 8> kWaysIn = {"malloc",          "mallocx",     "je_malloc",
                                                     "tc_malloc",       "mi_malloc",   "rpmalloc",
                                                     "scalable_malloc", "hoard_malloc"};

// The word in front of a block of glibc's: its size, and what sort it is.
constexpr std::uintptr_t kMapped = 2;      // a mapping of its own
constexpr std::uintptr_t kOtherArena = 4;  // not the one in the program break
constexpr std::uintptr_t kFlags = 7;
constexpr std::uintptr_t kArenaAlignment = std::uintptr_t{64} << 20;

// In front of a pointer may lie what a sanitizer guards, as on the stacks that it makes up.
__attribute__((no_sanitize("address", "thread"))) std::uintptr_t word_at(std::uintptr_t address) noexcept {
  return *reinterpret_cast<const std::uintptr_t*>(address);
}

bool is_of_libc(std::uintptr_t pointer, const os::Mapping& mapping) noexcept {
  if (std::string_view(mapping.path) == "[heap]") return true;
  if (pointer % 16 != 0 || mapping.path[0] != '\0' || pointer - mapping.begin < 2 * sizeof(std::uintptr_t))
    return false;
  if (!os::is_readable(pointer - sizeof(std::uintptr_t), sizeof(std::uintptr_t))) return false;
  const std::uintptr_t word = word_at(pointer - sizeof(std::uintptr_t));
  const std::uintptr_t size = word & ~kFlags;
  if (size < 32 || size > mapping.end - (pointer - 2 * sizeof word)) return false;
  const bool at_page = (pointer - 2 * sizeof word) % os::page_size() == 0;
  if ((word & kFlags) == kMapped) return at_page && size % os::page_size() == 0;
  return (word & (kMapped | kOtherArena)) == kOtherArena && size % 16 == 0 &&
         mapping.begin % kArenaAlignment == 0;
}

std::string_view base_name(std::string_view path) noexcept { return path.substr(path.rfind('/') + 1); }

bool starts_as(std::string_view path, std::string_view name) noexcept {
  return base_name(path).starts_with(name);
}

// The file of a module other than Padlock and libc that has an allocator.
std::optional<os::Mapping> find_module_with_allocator() noexcept {
  os::FileReader file("/proc/self/maps");
  os::MapsParser<os::FileReader> parser(file);
  for (os::MapsLine line; parser.next(line);) {
    if (line.inode == 0 || !line.mapping.executable) continue;
    const os::LoadedModule module = os::module_at(line.mapping.begin);
    const bool own = module.holds(reinterpret_cast<std::uintptr_t>(&find_module_with_allocator));
    if (!module.present() || own || starts_as(line.mapping.path, "libc.so") ||
        starts_as(line.mapping.path, "ld-linux"))
      continue;
    const os::DynamicTables tables(module);
    for (const std::string_view way : kWaysIn) {
      if (tables.exported(way) != 0) return line.mapping;
    }
  }
  return std::nullopt;
}

}  // namespace

bool find_next_allocator() noexcept {
  return padlock_find_next_allocator != nullptr && padlock_find_next_allocator(next);
}

// The mark comes with malloc: no object of libpadlock.a is linked without the others that define it.
bool find_other_padlock() noexcept {
  if (padlock_find_process_allocator == nullptr) return false;
  NextAllocator process;
  padlock_find_process_allocator(process);
  const os::LoadedModule module = os::module_at(reinterpret_cast<std::uintptr_t>(process.malloc));
  const bool own = module.holds(reinterpret_cast<std::uintptr_t>(&find_other_padlock));
  if (!module.present() || own || !os::find_note(module.begin, FileMark::kName, FileMark::kType))
    return false;
  next = process;
  return true;
}

const NextAllocator& next_allocator() noexcept { return next; }

const NextAllocator* passes_on(const Place& place, const void* pointer) noexcept {
  const bool may_be_foreign = place.holder == Holder::kNobody || place.holder == Holder::kLarge;
  if (!settings.passes_foreign || !may_be_foreign) return nullptr;
  core::Fault fault;
  fault.address = address_of(pointer);
  fault.pointer_class = core::PointerClass::kUnknown;
  if (holds_block(place, fault.address)) return nullptr;
  classify_pointer(fault);
  return fault.pointer_class == core::PointerClass::kForeign ? &next : nullptr;
}

report::OtherAllocator find_other_allocator(std::uintptr_t pointer, const os::Mapping& mapping) noexcept {
  report::OtherAllocator other;
  if (is_of_libc(pointer, mapping)) {
    other.whose = report::OtherAllocator::Whose::kLibc;
  } else if (const auto module = find_module_with_allocator()) {
    other.whose = report::OtherAllocator::Whose::kModule;
    base_name(module->path).copy(other.module, sizeof other.module - 1);
  }
  return other;
}

}  // namespace padlock::runtime
