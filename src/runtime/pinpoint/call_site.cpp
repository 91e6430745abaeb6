// Hashing a stack without its addresses.
#include "runtime/pinpoint/call_site.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/random.h"
#include "os/module_identity.h"
#include "runtime/memory/settings.h"
#include "trace/module_history.h"

namespace padlock::runtime {
namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  for (const char letter : text) hash = mix64(hash ^ static_cast<unsigned char>(letter));
  return hash;
}

std::uint64_t hash_of(const os::ModuleIdentity& module) noexcept {
  if (module.build_id[0] != '\0') return hash_of(std::string_view(module.build_id));
  std::string_view name(module.path);
  name.remove_prefix(name.rfind('/') + 1);  // none: from the start
  return hash_of(name);
}

}  // namespace

std::uint64_t call_site_of(trace::TraceId trace) noexcept {
  constexpr std::uintptr_t kInPage = 0xFFF;
  std::uintptr_t pcs[trace::kMaxDepth];
  const std::size_t depth = trace_depot.fetch(trace, pcs);
  if (depth == 0) return 0;
  const std::uint32_t generation = trace_depot.generation_of(trace);
  const os::ModuleIdentity* last = nullptr;
  std::uint64_t of_last = 0;
  std::uint64_t hash = depth;
  for (const std::uintptr_t pc : std::span(pcs).first(std::min(depth, trace::kMaxDepth))) {
    const os::ModuleIdentity* const module = trace::module_history.find(pc - 1, generation);
    if (module == nullptr) {  // code that was made at run time
      hash = mix64(hash ^ (pc & kInPage));
      continue;
    }
    if (module != last) of_last = hash_of(*module);
    last = module;
    hash = mix64(mix64(hash ^ of_last) ^ (pc - module->bias));
  }
  return hash == 0 ? 1 : hash;
}

}  // namespace padlock::runtime
