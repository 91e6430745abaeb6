// The initial stack, found through the loader's own variable: argc, argv, a null, the environment, a null,
// the auxiliary vector.
#include "os/start_data.h"

#include <elf.h>

#include <cstring>

#include "os/relocation.h"

extern "C" void* __libc_stack_end;  // set by the loader before it runs anything else

namespace padlock::os {
namespace {

// The environment may have been shortened since, in place. No pointer is as small as the vector's types.
const Elf64_auxv_t* auxiliary_vector() noexcept {
  constexpr std::uintptr_t kTypes = 4096;
  const auto* word = reinterpret_cast<const std::uintptr_t*>(initial_environment());
  if (word == nullptr) return nullptr;
  while (*word == 0 || *word >= kTypes) ++word;
  return reinterpret_cast<const Elf64_auxv_t*>(word);
}

}  // namespace

std::uintptr_t initial_stack_pointer() noexcept { return reinterpret_cast<std::uintptr_t>(__libc_stack_end); }

const char* const* initial_environment() noexcept {
  if (!is_relocated() || __libc_stack_end == nullptr) return nullptr;
  const auto argc = *static_cast<const std::int64_t*>(__libc_stack_end);
  return static_cast<const char* const*>(__libc_stack_end) + 1 + argc + 1;  // argc, argv, its null
}

// Behind the vector lie random bytes and the platform's name, then arguments, environment, and last the name
// of the executed file; a program may have written over all of them, and the kernel ends them with zeros.
AddressRange start_strings() noexcept {
  const std::uintptr_t last = auxiliary_value(AT_EXECFN);
  const Elf64_auxv_t* entry = auxiliary_vector();
  if (last == 0 || entry == nullptr) return {};
  while (entry->a_type != AT_NULL) ++entry;
  const auto begin = reinterpret_cast<std::uintptr_t>(entry + 1);
  if (last < begin) return {};
  return {begin, last + std::strlen(reinterpret_cast<const char*>(last)) + 1};
}

AddressRange start_arrays() noexcept {
  const AddressRange strings = start_strings();
  return strings.begin == 0 ? AddressRange{} : AddressRange{initial_stack_pointer(), strings.begin};
}

std::uintptr_t auxiliary_value(std::uintptr_t type) noexcept {
  const Elf64_auxv_t* entry = auxiliary_vector();
  for (; entry != nullptr && entry->a_type != AT_NULL; ++entry) {
    if (entry->a_type == type) return entry->a_un.a_val;
  }
  return 0;
}

}  // namespace padlock::os
