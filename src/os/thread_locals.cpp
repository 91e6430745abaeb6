// ELF Handling For Thread-Local Storage, variant II: each module's variables lie below those of the module
// before it, and the first one's below the thread's descriptor.
#include "os/thread_locals.h"

#include <elf.h>
#include <link.h>

#include <atomic>
#include <cstring>
#include <span>

#include "base/arith.h"
#include "os/loaded_module.h"

namespace padlock::os {
namespace {

constinit std::atomic<std::uintptr_t> measured{0};  // bytes

// The offset of the module's variables below the descriptor, where those before it end at `offset`.
std::uintptr_t add_module(const LoadedModule& module, std::uintptr_t offset) noexcept {
  const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(module.begin);
  const std::uintptr_t size = module.end - module.begin;
  if (size < sizeof *header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > size ||
      header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff)
    return offset;
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(module.begin + header->e_phoff);
  for (const Elf64_Phdr& segment : std::span(segments, header->e_phnum)) {
    if (segment.p_type != PT_TLS) continue;
    const std::uintptr_t alignment = segment.p_align == 0 ? 1 : segment.p_align;
    offset = align_up(offset + segment.p_memsz, alignment);
  }
  return offset;
}

}  // namespace

void measure_thread_locals() noexcept {
  std::uintptr_t offset = 0;
  for (const link_map* module = _r_debug.r_map; module != nullptr; module = module->l_next) {
    const LoadedModule loaded = module_at(reinterpret_cast<std::uintptr_t>(module->l_ld));
    if (loaded.present()) offset = add_module(loaded, offset);
  }
  measured.store(offset, std::memory_order_relaxed);
}

AddressRange thread_locals_before(std::uintptr_t descriptor) noexcept {
  return {descriptor - measured.load(std::memory_order_relaxed), descriptor};
}

AddressRange own_thread_locals() noexcept {
  return thread_locals_before(reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()));
}

}  // namespace padlock::os
