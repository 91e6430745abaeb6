// Finding clock_gettime in the vDSO's dynamic symbols. The kernel made the image, so it is sound; what it
// does not hold is done without.
#include "os/vdso.h"

#include <elf.h>
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "arch/elf.h"
#include "os/start_data.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

using ClockGettime = long (*)(clockid_t, timespec*);

// The parts of an image that a look-up by name needs; addresses in memory.
struct Image {
  std::uintptr_t bias = 0;  // address in memory minus address in the file
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  const std::uint32_t* sysv_hash = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
};

const Elf64_Dyn* find_dynamic(std::uintptr_t base, std::uintptr_t& bias) noexcept {
  const auto& header = *reinterpret_cast<const Elf64_Ehdr*>(base);
  const auto* segment = reinterpret_cast<const Elf64_Phdr*>(base + header.e_phoff);
  const Elf64_Phdr* dynamic = nullptr;
  bool loaded = false;
  for (unsigned i = 0; i < header.e_phnum; ++i, ++segment) {
    if (segment->p_type == PT_DYNAMIC) dynamic = segment;
    if (segment->p_type != PT_LOAD || loaded) continue;
    bias = base + segment->p_offset - segment->p_vaddr;
    loaded = true;
  }
  if (dynamic == nullptr || !loaded) return nullptr;
  return reinterpret_cast<const Elf64_Dyn*>(base + dynamic->p_offset);
}

// The entries hold addresses in the file: they have not been relocated.
Image read_image(std::uintptr_t base) noexcept {
  Image image;
  const Elf64_Dyn* entry = find_dynamic(base, image.bias);
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    const std::uintptr_t address = image.bias + entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) image.symbols = reinterpret_cast<const Elf64_Sym*>(address);
    if (entry->d_tag == DT_STRTAB) image.names = reinterpret_cast<const char*>(address);
    if (entry->d_tag == DT_HASH) image.sysv_hash = reinterpret_cast<const std::uint32_t*>(address);
    if (entry->d_tag == DT_GNU_HASH) image.gnu_hash = reinterpret_cast<const std::uint32_t*>(address);
  }
  return image;
}

// How many symbols there are: the old hash table says, in the new one the chain that begins last ends last.
std::uint32_t count_symbols(const Image& image) noexcept {
  if (image.sysv_hash != nullptr) return image.sysv_hash[1];
  if (image.gnu_hash == nullptr) return 0;
  const std::uint32_t bucket_count = image.gnu_hash[0];
  const std::uint32_t first_hashed = image.gnu_hash[1];
  const std::uint32_t bloom_words = image.gnu_hash[2] * 2;
  const std::uint32_t* const buckets = image.gnu_hash + 4 + bloom_words;
  const std::uint32_t* const chains = buckets + bucket_count;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < bucket_count; ++i) last = buckets[i] > last ? buckets[i] : last;
  if (last < first_hashed) return first_hashed;
  while ((chains[last - first_hashed] & 1) == 0) ++last;
  return last + 1;
}

std::uintptr_t find_function(std::uintptr_t base, const char* name) noexcept {
  const Image image = read_image(base);
  if (image.symbols == nullptr || image.names == nullptr) return 0;
  const std::uint32_t count = count_symbols(image);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Elf64_Sym& symbol = image.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    if (std::strcmp(image.names + symbol.st_name, name) == 0) return image.bias + symbol.st_value;
  }
  return 0;
}

long by_system_call(clockid_t clock, timespec* now) {
  const SystemResult result = system_call(SYS_clock_gettime, clock, now);
  return result.ok() ? 0 : -result.error();
}

ClockGettime find_clock_gettime() noexcept {
  const std::uintptr_t base = auxiliary_value(AT_SYSINFO_EHDR);
  const std::uintptr_t found = base == 0 ? 0 : find_function(base, arch::kClock);
  return found == 0 ? &by_system_call : reinterpret_cast<ClockGettime>(found);
}

}  // namespace

timespec kernel_clock(clockid_t clock) noexcept {
  static constinit std::atomic<ClockGettime> function{nullptr};  // the same value from every thread
  ClockGettime known = function.load(std::memory_order_relaxed);
  if (known == nullptr) {
    known = find_clock_gettime();
    function.store(known, std::memory_order_relaxed);
  }
  timespec now{};
  if (known(clock, &now) != 0) by_system_call(clock, &now);
  return now;
}

}  // namespace padlock::os
