// By the loader's own iteration, whose lock is recursive: the list can be gone through while it is held.
#include "os/writable_data.h"

#include <link.h>

#include "os/memory.h"

namespace padlock::os {
namespace {

struct Call {
  void (*function)(void*);
  void* argument;
};

int call_once(dl_phdr_info* /*module*/, std::size_t /*size*/, void* call) {
  const auto& wanted = *static_cast<const Call*>(call);
  wanted.function(wanted.argument);
  return 1;
}

int visit_module(dl_phdr_info* module, std::size_t size, void* visitor_pointer) {
  auto& visitor = *static_cast<DataVisitor*>(visitor_pointer);
  const std::uintptr_t page = page_size();
  for (unsigned i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    const std::uintptr_t begin = module->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0) {
      const std::uintptr_t end = (begin + segment.p_memsz + page - 1) / page * page;
      visitor.on_writable({begin / page * page, end});
    }
    const bool has_thread_data = size >= offsetof(dl_phdr_info, dlpi_tls_data) + sizeof module->dlpi_tls_data;
    if (segment.p_type == PT_TLS && has_thread_data && module->dlpi_tls_data != nullptr) {
      const auto block = reinterpret_cast<std::uintptr_t>(module->dlpi_tls_data);
      visitor.on_thread_local({block, block + segment.p_memsz});
    }
  }
  return 0;
}

}  // namespace

void with_steady_modules(void (*function)(void* argument), void* argument) noexcept {
  Call call = {function, argument};
  dl_iterate_phdr(call_once, &call);
}

void visit_data(DataVisitor& visitor) noexcept {
  dl_iterate_phdr(visit_module, &visitor);
  visit_link_maps(visitor);
}

void visit_link_maps(DataVisitor& visitor) noexcept {
  for (const link_map* module = _r_debug.r_map; module != nullptr; module = module->l_next)
    visitor.on_link_map(reinterpret_cast<std::uintptr_t>(module));
}

}  // namespace padlock::os
