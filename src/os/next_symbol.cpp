// The loader's look-ups by name.
#include "os/next_symbol.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include <cstddef>
#include <cstdint>

#include "os/loaded_module.h"

namespace padlock::os {
namespace {

bool exports(std::uintptr_t address, const char* name) noexcept {
  const LoadedModule module = module_at(address);
  const bool own = module.holds(reinterpret_cast<std::uintptr_t>(&exports));
  return module.present() && !own && DynamicTables(module).exported(name) != 0;
}

int look_in(dl_phdr_info* info, std::size_t /*size*/, void* name) noexcept {
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    return exports(info->dlpi_addr + segment.p_vaddr, static_cast<const char*>(name)) ? 1 : 0;
  }
  return 0;
}

// Whether it is worth asking the loader: it allocates a message when it finds nothing, and frees the one
// before, by a free() of the program's that may not be ready yet.
bool is_anywhere(const char* name) noexcept {
  return exports(reinterpret_cast<std::uintptr_t>(&__errno_location), name) ||
         dl_iterate_phdr(&look_in, const_cast<char*>(name)) != 0;
}

}  // namespace

void* next_symbol(const char* name) noexcept { return is_anywhere(name) ? dlsym(RTLD_NEXT, name) : nullptr; }

void* program_symbol(const char* name) noexcept { return dlsym(RTLD_DEFAULT, name); }

void* symbol_in(const char* library, const char* name) noexcept {
  void* const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  void* const found = dlsym(handle, name);
  dlclose(handle);  // the code that called us keeps it loaded
  return found;
}

}  // namespace padlock::os
