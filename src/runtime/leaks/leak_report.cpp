// Few look-ups for all frames: each child that looks names up reads the debug information anew.
#include "runtime/leaks/leak_report.h"

#include <algorithm>
#include <span>
#include <type_traits>

#include "os/module_identity.h"
#include "os/thread.h"
#include "report/own_frames.h"
#include "report/wrappers.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/levels.h"
#include "runtime/threads/thread_slot.h"
#include "trace/module_history.h"

namespace padlock::runtime {
namespace {

// Zeros are an empty one.
template <typename Byte>
auto* book_in(Byte* memory) noexcept {
  using Book = std::conditional_t<std::is_const_v<Byte>, const trace::NameBook, trace::NameBook>;
  return reinterpret_cast<Book*>(memory);
}

void enter_child() noexcept { thread_slot.set_activity(Activity::kPrivate); }

std::span<const std::uintptr_t> fetch(std::uint32_t trace,
                                      std::span<std::uintptr_t, trace::kMaxDepth> pcs) noexcept {
  return pcs.first(std::min<std::size_t>(trace_depot.fetch(trace, pcs), pcs.size()));
}

}  // namespace

void LeakNames::look_up(const OwnList<report::LeakGroup>& groups) noexcept {
  std::uintptr_t pcs[trace::kMaxDepth];
  for (const report::LeakGroup& group : groups) {
    for (const std::uintptr_t pc : fetch(group.trace, pcs)) {
      if (!pcs_.add(pc)) return;
    }
  }
  std::sort(pcs_.begin(), pcs_.end());
  pcs_.drop_from(static_cast<std::size_t>(std::unique(pcs_.begin(), pcs_.end()) - pcs_.begin()));
  modules_.resize(1);
  if (!settings.options.symbolize) return;
  for (std::size_t i = 0; i < kBooks && i * kInBook < pcs_.size(); ++i) {
    if (!books_[i].resize(sizeof(trace::NameBook))) return;
    const std::size_t count = std::min(kInBook, pcs_.size() - i * kInBook);
    trace::symbolize(pcs_.items().subspan(i * kInBook, count), *book_in(books_[i].begin()), enter_child,
                     static_cast<int>(settings.options.symbolize_timeout_ms));
  }
}

trace::NameBook::Names LeakNames::names_of(std::uintptr_t pc) const noexcept {
  const auto place = static_cast<std::size_t>(std::lower_bound(pcs_.begin(), pcs_.end(), pc) - pcs_.begin());
  const std::size_t number = place / kInBook;
  if (place == pcs_.size() || number >= kBooks || books_[number].empty()) return {};
  return book_in(books_[number].begin())->find(pc);
}

void LeakNames::name_module(report::Frame& frame, std::uint32_t generation) noexcept {
  const os::ModuleIdentity* const known = trace::module_history.find(frame.pc - 1, generation);
  if (known != nullptr && !os::is_still_loaded(*known)) {
    frame.unloaded = true;
    frame.module = known->path;
    frame.offset = frame.pc - known->bias;
    frame.build_id = known->build_id;
    return;
  }
  const ModuleName* const module = modules_.empty() ? nullptr : modules_[0].find(frame.pc - 1);
  if (module == nullptr) return;
  frame.module = module->mapping.path;
  frame.offset = frame.pc - (known != nullptr ? known->bias : module->mapping.load_base);
  frame.build_id = module->build_id;
}

void LeakNames::fill(std::uint32_t trace, report::Stack& stack) noexcept {
  std::uintptr_t pcs[trace::kMaxDepth];
  stack.depth = 0;
  for (const std::uintptr_t pc : fetch(trace, pcs)) {
    report::Frame frame;
    frame.pc = pc;
    name_module(frame, trace_depot.generation_of(trace));
    const trace::NameBook::Names names = frame.unloaded ? trace::NameBook::Names() : names_of(pc);
    add_levels(stack, frame, names, Levels::kAll);
  }
  report::drop_own_frames(stack, settings.own_code);
  report::mark_wrappers(stack, settings.options.allocation_wrappers.value);
}

LeakReport::LeakReport(const OwnList<report::LeakGroup>& groups, LeakNames& names) noexcept
    : groups_(groups), names_(names) {
  for (const report::LeakGroup& group : groups) totals_ += group;
}

bool LeakReport::write_next(TextWriter& out, const report::Renderer& form) {
  const std::int32_t process = os::process_id();
  if (next_ == 0) form.begin_leaks(totals_, process, out);
  if (next_ == groups_.size()) {
    stack_.depth = 0;
    if (!groups_.empty()) names_.fill(groups_[0].trace, stack_);
    form.end_leaks(totals_, stack_, process, out);
    return false;
  }
  const report::LeakGroup& group = groups_[next_++];
  names_.fill(group.trace, stack_);
  form.write_leak(group, stack_, process, out);
  return true;
}

}  // namespace padlock::runtime
