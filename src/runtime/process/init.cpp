// Reads the options and sets up each part of the runtime, in the order in which they need one another.
#include "runtime/process/init.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <optional>
#include <string_view>

#include "arch/processor.h"
#include "base/arith.h"
#include "base/random.h"
#include "options/help.h"
#include "options/options.h"
#include "os/barrier.h"
#include "os/confine.h"
#include "os/confined.h"
#include "os/entropy.h"
#include "os/errno_keeper.h"
#include "os/fork_mark.h"
#include "os/guard.h"
#include "os/loaded_module.h"
#include "os/lock.h"
#include "os/memory.h"
#include "os/modules.h"
#include "os/process.h"
#include "os/raw_io.h"
#include "os/thread.h"
#include "os/thread_locals.h"
#include "padlock/padlock.h"
#include "runtime/calls/cached_blocks.h"
#include "runtime/calls/checks.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/holders/read_value.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/map_budget.h"
#include "runtime/leaks/roots.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"
#include "runtime/pinpoint/allocation_log.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/process/confinement.h"
#include "runtime/process/excluded.h"
#include "runtime/process/exit.h"
#include "runtime/process/fatal_signals.h"
#include "runtime/process/fork.h"
#include "runtime/process/option_warnings.h"
#include "runtime/process/thread_end.h"
#include "runtime/process/traps.h"
#include "runtime/reporting/notice.h"
#include "runtime/reporting/reporter.h"
#include "runtime/reporting/suppressions.h"
#include "runtime/signals/report_stack.h"
#include "runtime/threads/thread_life.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

// The program's, if it has one.
extern "C" const char* padlock_default_options(void) __attribute__((weak));

namespace padlock::runtime {
namespace {

constinit os::Lock lock;
constinit std::atomic<bool> ready{false};

constexpr std::size_t kLimitPerArena = 256_MiB;
// Of a limit of memory: one such part for stacks, one for freed large blocks.
constexpr std::size_t kLimitShare = 16;
// Address space of guarded blocks, freed ones included, for what may be in use of it at once.
constexpr std::size_t kRegionPerBudget = 8;
constexpr std::size_t kGuardBudget = 8_MiB;
// With guard_all: address space, and how much of it is freed, of one size of slots, before any is used again.
constexpr std::size_t kStrictRegion = 64_GiB;
constexpr std::size_t kStrictQuarantine = 1'000'000'000;

// option_warnings.h reports them when reports have a place to go.
class NoComplaints final : public options::OptionErrors {
 public:
  void on_error(std::string_view /*message*/) override {}
  void on_note(std::string_view /*message*/) override {}
};

void parse(const char* text) noexcept {
  if (text == nullptr) return;
  NoComplaints complaints;
  options::parse(text, settings.options, complaints);
}

// Empty where the loader does not know of any module there.
AddressRange module_range(bool (*code)() noexcept) noexcept {
  const os::LoadedModule module = os::module_at(reinterpret_cast<std::uintptr_t>(code));
  return {module.begin, module.end};
}

// The shared library has a libgcc of its own that no module registers unwind tables with. The program's may
// have been given some (a static executable's own, a just-in-time compiler's), and sorts them in memory from
// malloc.
bool is_linked_into_program() noexcept {
  if (!os::has_dynamic_loader()) return true;
  const AddressRange self = module_range(&is_linked_into_program);
  return self.contains(os::program_entry());
}

trace::UnwindMode unwind_mode(options::Unwind chosen) noexcept {
  switch (chosen) {
    case options::Unwind::kFast:
      return trace::UnwindMode::kFast;
    case options::Unwind::kExact:
      return trace::UnwindMode::kExact;
    case options::Unwind::kNone:
      return trace::UnwindMode::kNone;
  }
  return trace::UnwindMode::kNone;
}

void read_options() noexcept {
  if (padlock_default_options != nullptr) parse(padlock_default_options());
  if (!os::is_secure_execution()) parse(os::environment("PADLOCK_OPTIONS"));
  const options::Options& options = settings.options;
  settings.unwind = unwind_mode(options.unwind);
  settings.check_at_exit = options.check_at_exit != options::CheckAtExit::kNever;
  settings.check_inherited_at_exit = options.check_at_exit == options::CheckAtExit::kFull;
  settings.other_padlock = find_other_padlock();
  if (!settings.other_padlock) {
    settings.passes_foreign = options.foreign_free == options::ForeignFree::kPass && find_next_allocator();
    settings.aside = is_excluded(options.exclude.value) && find_next_allocator();
  }
  settings.aside |= settings.other_padlock;
  settings.unwinder_allocates = is_linked_into_program();
  if (!settings.unwinder_allocates) {
    settings.own_code = module_range(&is_linked_into_program);
  }
  settings.trace_depth = static_cast<std::size_t>(options.malloc_context_size);
  settings.large_threshold = options.large_threshold_kb.bytes();
  if (options.max_allocation_size_mb.count != 0) settings.max_size = options.max_allocation_size_mb.bytes();
  if (os::is_confined()) do_without_kernel();
  reporter.configure(options);
  if (settings.other_padlock) return;  // which reads the same options
  warn_of_options();
  suppressions.load(options.suppressions.value, warn);
}

std::size_t arena_count() noexcept {
  if (settings.options.arenas != 0) return static_cast<std::size_t>(settings.options.arenas);
  const std::size_t affordable = std::max<std::size_t>(os::memory_limit() / kLimitPerArena, 1);
  return std::min(2 * os::processor_count(), affordable);
}

void set_up_large_blocks(std::uint64_t key) noexcept {
  const options::Options& options = settings.options;
  map_budget.set_limit(most_mappings());
  if (options.large_guards != options::LargeGuards::kAuto) os::forbid_guard_markers();
  LargeQuarantine::Limits limits;
  limits.space_bytes = std::min(options.large_quarantine_kb.bytes(), os::memory_limit() / kLimitShare);
  limits.kept_bytes = std::min(limits.space_bytes, options.large_reuse_kb.bytes());
  limits.held_back_bytes = limits.kept_bytes / 8;
  limits.idle_ms = options.give_back_after_s * 1000;
  limits.keeps_latest = limits.space_bytes != 0 && os::memory_limit() == SIZE_MAX;
  large_blocks.set_up(key, limits);
}

// Live blocks of guards, in bytes.
std::size_t guard_budget() noexcept {
  const options::Options& options = settings.options;
  if (options.guard_budget_mb.count != 0) return options.guard_budget_mb.bytes();
  return options.guard_all ? std::max(os::available_memory() / 2, kGuardBudget) : kGuardBudget;
}

GuardedBlocks::Limits guard_space(std::size_t budget) noexcept {
  GuardedBlocks::Limits limits;
  limits.exact = settings.options.guard_exact;
  limits.all_mappings = settings.options.guard_all;
  limits.region_bytes = std::bit_ceil(std::max(kRegionPerBudget * budget, 2 * kSlotSize));
  limits.quarantine_bytes = limits.region_bytes;
  if (!settings.options.guard_all) return limits;
  limits.region_bytes = std::max(limits.region_bytes, kStrictRegion);
  limits.quarantine_bytes = kStrictQuarantine;
  return limits;
}

// A run that is to find a block again, or to watch one: no other block has guards in the latter.
bool set_up_pinpoint() noexcept {
  const options::Options& options = settings.options;
  if (*options.pinpoint_log.value == '\0') return false;
  allocation_log.begin();
  if (!watched_site.set_up(options.pinpoint_block.value)) return false;
  guarded_blocks.set_up(settings.keys, guard_space(kGuardBudget));
  return true;
}

// Where a fault would not be explained, there are none.
void set_up_guards() noexcept {
  const options::Options& options = settings.options;
  if (set_up_pinpoint()) return;
  if ((options.guard_per_site == 0 && !options.guard_all) || !options.handle_segv) return;
  GuardLimits sites;
  sites.all = options.guard_all;
  sites.per_site = static_cast<unsigned>(std::max<std::int64_t>(options.guard_per_site, 1));
  sites.after = sites.all ? 0 : static_cast<std::uint64_t>(options.guard_after);
  sites.open_bytes = guard_budget();
  sites.any_time = sites.after == 0;
  guarded_blocks.set_up(settings.keys, guard_space(sites.open_bytes));
  guard_sites.set_up(sites);
}

void set_up_heaps() noexcept {
  const options::Options& options = settings.options;
  memory_budget.set_limit(options.mapped_limit_mb.bytes());
  Random random(options.seed != 0 ? static_cast<std::uint64_t>(options.seed) : os::entropy());
  core::HeapConfig config;
  config.key = random.next();
  config.seed = random.next();
  config.quarantine_bytes = options.arena_quarantine_kb.bytes();
  config.fill_fresh_max = static_cast<std::size_t>(options.fill_fresh_max);
  config.is_cached = is_cached;
  settings.keys = core::Keys::derive(config.key);
  arena_set.set_up(arena_count(), config, options.late_quarantine_kb.bytes());
  set_up_read_values(settings.keys.poison);
  thread_state_pool.set_up(settings.keys, options.thread_quarantine_kb.bytes(),
                           options.late_quarantine_kb.count != 0);
  set_up_guards();
  set_up_large_blocks(config.key);  // one poison, so that what was read of it needs no holder to be decoded
}

void warn_of_depot(trace::Depot::Shortage shortage) noexcept {
  using Shortage = trace::Depot::Shortage;
  if (shortage == Shortage::kFull) {
    warn("trace_memory_mb", "the memory for stacks is full: stacks not seen before are no longer recorded");
  }
  if (settings.options.verbosity == 0) return;
  if (shortage == Shortage::kManyStacks) {
    warn("malloc_context_size", "more than 131072 distinct stacks: new ones are recorded with fewer frames");
  } else if (shortage == Shortage::kNoMemory) {
    warn("trace_memory_mb", "the system has no memory for more stacks now: some are not recorded");
  }
}

// Where memory is limited stacks get a sixteenth of it at most.
void set_up_depot() noexcept {
  const std::size_t wanted = settings.options.trace_memory_mb.bytes();
  if (wanted != 0) trace_depot.init(std::min(wanted, os::memory_limit() / kLimitShare), warn_of_depot);
}

void hook_into_process() noexcept {
  os::fork_mark.set_up();
  if (!is_linked_into_program()) reporter.keep_streams();
  note_own_memory();
  os::prepare_process_barrier();
  watch_thread_ends(on_thread_end);
  watch_forks();
  watch_exit();
  set_up_checks();
  const bool interposed = !is_linked_into_program();
  map_report_stacks();
  if (settings.options.handle_segv) install_traps(interposed);
  if (settings.check_at_exit && interposed) watch_fatal_signals();
}

void help_where_asked() noexcept {
  if (!settings.options.help) return;
  static char text[options::kHelpCapacity];
  TextWriter help(text);
  options::print_help(help);
  reporter.say(help.view());
}

void greet() noexcept {
  if (settings.options.verbosity == 0) return;
  char buffer[100];
  TextWriter line(buffer);
  line.append("==").signed_decimal(os::process_id()).append("==Padlock " PADLOCK_VERSION ": on guard\n");
  reporter.say(line.view());
}

// A wrapper that counts or logs calls hands them on; an allocator does not. That one may not be ready for a
// free() before main() begins (GNU Common Lisp's is not), so it keeps the byte,
// where a leak checker finds it in use.
void* volatile kept_byte = nullptr;

bool leads_here(const ProcessAllocator& allocator) noexcept {
  const os::ErrnoKeeper keeper;
  void* const memory = allocator.malloc(1);
  const Holder holder = place_of(address_of(memory)).holder;
  const bool ours = holder == Holder::kArena || holder == Holder::kGuarded || holder == Holder::kBootstrap;
  if (ours) {
    allocator.free(memory);
  } else {
    kept_byte = memory;
  }
  return ours;
}

// Valgrind's tools lead calls of malloc to their own, whatever they are bound to.
bool is_under_valgrind() noexcept {
  const char* const preload = os::environment("LD_PRELOAD");
  return preload != nullptr && std::string_view(preload).find("vgpreload_") != std::string_view::npos;
}

void warn_of_other_malloc(const ProcessAllocator& allocator) noexcept {
  if (allocator.malloc == allocator.own_malloc) {
    warn("nothing is guarded", "Valgrind has put a malloc of its own in the place of Padlock's");
    return;
  }
  const std::uintptr_t code = reinterpret_cast<std::uintptr_t>(allocator.malloc);
  const std::optional<os::Mapping> mapping = os::find_mapping(code);
  const bool known = mapping && mapping->path[0] != '\0';
  char buffer[sizeof os::Mapping::path + 100];
  TextWriter message(buffer);
  message.append(known ? mapping->path : "the program");
  message.append(" has a malloc of its own, which comes before Padlock's");
  warn("nothing is guarded", message.view());
}

[[noreturn]] void refuse_processor() noexcept {
  os::write_all(2, "ERROR: Padlock: ");
  os::write_all(2, arch::kNeedsInstructions);
  os::exit_now(1);
}

}  // namespace

void initialize() noexcept {
  if (ready.load(std::memory_order_acquire)) return;
  const os::ErrnoKeeper keeper;
  const ActivityScope setting_up(Activity::kPrivate);
  const os::LockGuard guard(lock);
  if (ready.load(std::memory_order_acquire)) return;
  if (!arch::has_needed_instructions()) refuse_processor();
  if (os::has_inherited_filter()) os::confine();
  if (!os::is_confined()) segment_table.seal();
  read_options();
  if (!settings.aside) {
    if (settings.options.detect_leaks) note_loader_memory();
    set_up_heaps();
    set_up_depot();
    os::measure_thread_locals();
    hook_into_process();
  }
  if (settings.aside) set_up_checks();
  ready.store(true, std::memory_order_release);
}

void start(const ProcessAllocator& allocator) noexcept {
  initialize();
  if (settings.other_padlock)
    note("already guarded", "Padlock is linked into the program, and the one that is preloaded steps aside");
  if (settings.aside) return;
  allow_traces();
  help_where_asked();
  const bool in_front = allocator.malloc == allocator.own_malloc && !is_under_valgrind();
  if (in_front || leads_here(allocator)) {
    greet();
  } else {
    settings.process_allocator = allocator;
    settings.bystander = true;
    warn_of_other_malloc(allocator);
  }
}

}  // namespace padlock::runtime
