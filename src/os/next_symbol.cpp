// The loader's look-ups by name.
#include "os/next_symbol.h"

#include <dlfcn.h>

namespace padlock::os {

void* next_symbol(const char* name) noexcept { return dlsym(RTLD_NEXT, name); }

void* program_symbol(const char* name) noexcept { return dlsym(RTLD_DEFAULT, name); }

void* symbol_in(const char* library, const char* name) noexcept {
  void* const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  void* const found = dlsym(handle, name);
  dlclose(handle);  // the code that called us keeps it loaded
  return found;
}

}  // namespace padlock::os
