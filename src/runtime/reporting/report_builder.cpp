// Fills a report from the depot, the thread registry and the modules.
#include "runtime/reporting/report_builder.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "core/fault_kinds.h"
#include "os/confined.h"
#include "os/debugger.h"
#include "os/modules.h"
#include "os/process.h"
#include "os/thread.h"
#include "report/diagnose/diagnose.h"
#include "report/own_frames.h"
#include "report/text/stack_text.h"
#include "report/wrappers.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pointer_class.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/allocation_log.h"
#include "runtime/reporting/ending_signal.h"
#include "runtime/reporting/freeing_call.h"
#include "runtime/reporting/levels.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"
#include "trace/module_history.h"
#include "trace/symbolizer.h"

namespace padlock::runtime {
namespace {

report::Thread thread_of(std::uint16_t index) noexcept {
  report::Thread thread;
  const ThreadInfo info = thread_registry.describe(index);
  thread.index = index;
  thread.system_id = info.system_id;
  std::copy_n(info.name, sizeof thread.name, thread.name);
  thread.of_parent = index != 0 && index < thread_registry.first_own();
  return thread;
}

report::Thread calling_thread() noexcept {
  report::Thread thread;
  thread.index = thread_slot.index;
  thread.system_id = os::thread_id();
  os::thread_name(thread.system_id, thread.name);
  return thread;
}

void name_unloaded(const os::ModuleIdentity& module, report::Frame& frame) noexcept {
  frame.unloaded = true;
  frame.module = module.path;
  frame.offset = frame.pc - module.bias;
  frame.build_id = module.build_id;
}

void set_frames(report::Stack& stack, std::span<const std::uintptr_t> pcs) noexcept {
  stack.depth = std::min(pcs.size(), trace::kMaxDepth);
  for (std::size_t i = 0; i < stack.depth; ++i) {
    stack.frames[i] = {};
    stack.frames[i].pc = pcs[i];
  }
}

// Those that lay in modules that are gone. Frames of one module follow one another.
void name_unloaded_frames(report::Stack& stack, std::uint32_t generation) noexcept {
  const os::ModuleIdentity* last = nullptr;
  bool gone = false;
  for (std::size_t i = 0; i < stack.depth; ++i) {
    report::Frame& frame = stack.frames[i];
    const os::ModuleIdentity* const module = trace::module_history.find(frame.pc - 1, generation);
    if (module == nullptr) continue;
    if (module != last) gone = !os::is_still_loaded(*module);
    last = module;
    if (gone) name_unloaded(*module, frame);
  }
}

void fetch_stack(report::Stack& stack, std::uint32_t trace) noexcept {
  std::uintptr_t pcs[trace::kMaxDepth];
  set_frames(stack, std::span(pcs, trace_depot.fetch(trace, pcs)));
  name_unloaded_frames(stack, trace_depot.generation_of(trace));
}

std::uint64_t number_now() noexcept {
  const ThreadState* state = thread_slot.state;
  return number_source.latest(state == nullptr ? NumberBatch{0, 0} : state->numbers);
}

// A damaged header shows who allocated its block only if there is such a stack, which is of no free, such a
// thread and such a number.
void drop_unlikely(core::BlockSnapshot& block) noexcept {
  if (block.sealed) return;
  std::uintptr_t pc[1] = {};
  if (trace_depot.fetch(block.alloc_trace, pc) == 0 || only_releases(pc[0])) block.alloc_trace = 0;
  if (thread_registry.describe(block.alloc_thread).system_id == 0) block.alloc_thread = 0;
  if (block.number > number_now()) block.number = 0;
}

// This process, or those that it was forked from, where indices go on.
bool had_several_threads() noexcept {
  if (thread_slot.state == nullptr) return true;  // it has not allocated: another one has
  const std::uint16_t first = std::max<std::uint16_t>(thread_registry.first_own(), 1);
  return first > 2 || thread_registry.describe(static_cast<std::uint16_t>(first + 1)).system_id != 0;
}

// Unknown where Padlock is linked into the program, whose module is its own.
AddressRange own_code() noexcept { return settings.own_code; }

// The name of the file whose code made a call, without folders; the tail of a long one.
template <std::size_t kSize>
void name_caller(const report::Stack& stack, char (&name)[kSize]) noexcept {
  name[0] = '\0';
  if (stack.depth == 0) return;
  const report::Frame& frame = stack.frames[0];
  const os::Mapping mapping =
      frame.unloaded ? os::Mapping{} : os::find_mapping(frame.pc - 1).value_or(os::Mapping{});
  std::string_view path(frame.unloaded ? frame.module : mapping.path);
  if (path.empty()) return;
  path.remove_prefix(path.rfind('/') + 1);  // none: from the start
  if (path.size() >= kSize) path.remove_prefix(path.size() - kSize + 1);
  name[path.copy(name, kSize - 1)] = '\0';
}

void enter_symbolizer_child() noexcept { thread_slot.set_activity(Activity::kPrivate); }

}  // namespace

void ReportBuilder::fill(const core::Fault& fault, const trace::FrameState& from) noexcept {
  report_.fault = fault;
  report_.ending = ending_signal;
  drop_unlikely(report_.fault.block);
  fill_pointer();
  const core::BlockSnapshot& block = report_.fault.block;
  report_.process = os::process_id();
  report_.detected_by = calling_thread();
  report_.allocated_by = thread_of(block.alloc_thread);
  report_.freed_by = thread_of(block.free_thread);
  report_.number_now = number_now();
  report_.number_batch = had_several_threads() ? NumberSource::kBatch : 0;
  fill_conditions();
  report_.number_last_good =
      std::max(core::is_since_block(fault) ? block.number : 0, number_source.last_checked());
  fill_earlier();
  fill_pointee();
  fill_stacks(from);
  report_.allocating_module[0] = report_.releasing_module[0] = '\0';
  // A destructor that delete[] called on its way is no call that releases.
  if (fault.kind == core::FaultKind::kAllocDeallocMismatch && !fault.accessed.present()) {
    name_caller(report_.allocated, report_.allocating_module);
    name_caller(report_.detected, report_.releasing_module);
  }
  report_.diagnosis = report::diagnose(report_);
}

void ReportBuilder::fill_pointer() noexcept {
  const os::Mapping mapping = find_pointer_mapping(report_.fault).value_or(os::Mapping{});
  static_assert(sizeof report_.pointer_module >= sizeof mapping.path);
  std::copy_n(mapping.path, sizeof mapping.path, report_.pointer_module);
  report_.other_allocator = {};
  if (report_.fault.pointer_class != core::PointerClass::kForeign) return;
  report_.other_allocator = find_other_allocator(report_.fault.address, mapping);
}

void ReportBuilder::fill_conditions() noexcept {
  report_.conditions = {};
  report_.conditions.checks_each_allocation = settings.options.check_interval == 1;
  report_.conditions.is_pinpointed = allocation_log.is_on();
  if (core::is_found_late(report_.fault)) {
    // The tracer of the former is no debugger.
    const bool is_debugged = os::is_traced() && !report_.conditions.is_pinpointed;
    report_.conditions.addresses_repeat = os::addresses_repeat() || is_debugged;
  }
}

void ReportBuilder::fill_stacks(const trace::FrameState& from) noexcept {
  set_frames(report_.detected, walk(from));
  fetch_stack(report_.allocated, report_.fault.block.alloc_trace);
  fetch_stack(report_.freed, report_.fault.block.free_trace);
  const bool readable = report_.freed.depth != 0 && !report_.freed.frames[0].unloaded;
  report_.freed_by_call = readable ? freeing_call(report_.freed.frames[0].pc) : core::Call::kNone;
  fetch_stack(report_.neighbour_allocated, report_.fault.neighbour.alloc_trace);
  fetch_stack(report_.pointee_allocated, report_.pointee.block.alloc_trace);
}

// Without the bounds of the stack every slot is asked of the kernel first: slow, and safe on any stack.
std::span<const std::uintptr_t> ReportBuilder::walk(const trace::FrameState& from) noexcept {
  if (from.pc == 0) return {};
  unwinder_.set_stack({});
  return {walked_, unwinder_.walk(from, trace::UnwindMode::kFast, walked_)};
}

// Of a value or of a place that another block's address led to, the fault says whose it was.
void ReportBuilder::fill_earlier() noexcept {
  report_.earlier = {};
  const core::Fault& fault = report_.fault;
  const bool is_about_place =
      fault.address != 0 && !fault.read.present() && fault.blame == core::Blame::kProven;
  if (!is_about_place || !fault.block.present()) return;
  const core::BlockSnapshot gone = large_blocks.try_find_gone(fault.address).value_or(core::BlockSnapshot{});
  if (gone.user != fault.block.user && gone.number < fault.block.number) report_.earlier = gone;
}

void ReportBuilder::fill_pointee() noexcept {
  report_.pointee = {};
  const std::uintptr_t value = report::pointer_candidate(report_.fault);
  if (value == 0) return;
  report_.pointee.block = try_find_block(value).value_or(core::BlockSnapshot{});
  if (report_.pointee.block.present()) report_.pointee.value = value;
}

std::array<report::Stack*, ReportBuilder::kStacks> ReportBuilder::stacks() noexcept {
  return {&report_.detected, &report_.allocated, &report_.freed, &report_.neighbour_allocated,
          &report_.pointee_allocated};
}

template <typename Visit>
void ReportBuilder::for_each_frame(Visit visit) noexcept {
  for (report::Stack* stack : stacks()) {
    for (std::size_t i = 0; i < stack->depth; ++i) visit(stack->frames[i]);
  }
}

void ReportBuilder::add_names() noexcept {
  modules_.open();
  for_each_frame([this](report::Frame& frame) { name_module(frame); });
  using Names = report::Conditions::Names;
  if (settings.options.symbolize) {
    report_.conditions.names = add_symbols();
  } else {
    report_.conditions.names = os::is_confined() ? Names::kConfined : Names::kNotWanted;
  }
  for (report::Stack* stack : stacks()) report::drop_own_frames(*stack, own_code());
  report::mark_wrappers(report_, settings.options.allocation_wrappers.value);
  report_.diagnosis = report::diagnose(report_);
}

std::size_t ReportBuilder::collect_unknown(const trace::NameBook& book) noexcept {
  std::size_t unknown = 0;
  for_each_frame([&](const report::Frame& frame) {
    if (frame.unloaded || book.knows(frame.pc) || std::find(pcs_, pcs_ + unknown, frame.pc) != pcs_ + unknown)
      return;
    pcs_[unknown++] = frame.pc;
  });
  return unknown;
}

// Of Padlock's own code nobody needs to know what was inlined where.
void ReportBuilder::add_levels(report::Stack& stack, const trace::NameBook& book) noexcept {
  levels_.depth = 0;
  for (const report::Frame& frame : stack) {
    const trace::NameBook::Names names = frame.unloaded ? trace::NameBook::Names() : book.find(frame.pc);
    const bool own = own_code().contains(frame.pc - 1);
    runtime::add_levels(levels_, frame, names, own ? Levels::kOutermost : Levels::kAll);
  }
  stack = levels_;
}

// A file's name has a slash in it; relative to a folder that the process has left, it is of no use either.
bool ReportBuilder::lacks_files() noexcept {
  bool lacks = false;
  for_each_frame([&lacks](const report::Frame& frame) {
    const std::string_view module = frame.module;
    lacks =
        lacks || (!frame.unloaded && module.find('/') != std::string_view::npos && !os::exists(frame.module));
  });
  return lacks;
}

report::Conditions::Names ReportBuilder::add_symbols() noexcept {
  using Names = report::Conditions::Names;
  trace::NameBook* const book = names_.open();
  if (book == nullptr) return Names::kNoAnswer;
  const std::size_t unknown = collect_unknown(*book);
  const std::size_t answered = trace::symbolize(std::span(pcs_, unknown), *book, enter_symbolizer_child,
                                                static_cast<int>(settings.options.symbolize_timeout_ms));
  for (report::Stack* stack : stacks()) add_levels(*stack, *book);
  if (answered < unknown) return Names::kNoAnswer;
  return lacks_files() ? Names::kNoFiles : Names::kLookedUp;
}

void ReportBuilder::describe_place(TextWriter& out) const noexcept {
  if (report_.detected.depth == 0) return;
  report::place_words(report::place_of(report_.detected), out);
}

void ReportBuilder::name_module(report::Frame& frame) noexcept {
  if (frame.unloaded) return;
  const ModuleName* module = modules_.find(frame.pc - 1);
  if (module == nullptr) return;
  frame.module = module->mapping.path;
  // The address in the file, which differs where a program is not to be moved (no PIE).
  const os::ModuleIdentity* const known =
      trace::module_history.find(frame.pc - 1, trace::rules_generation.load(std::memory_order_relaxed));
  frame.offset = frame.pc - (known != nullptr ? known->bias : module->mapping.load_base);
  frame.build_id = module->build_id;
}

}  // namespace padlock::runtime
