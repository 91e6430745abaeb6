// The flags of AddressSanitizer, LeakSanitizer, sanitizer_common and Scudo, by name.
#include "options/other_names.h"

#include <algorithm>

namespace padlock::options {
namespace {

constexpr Synonym kSynonyms[] = {
    {"dealloc_type_mismatch", "alloc_dealloc_mismatch"},
    {"fast_unwind_on_malloc", "unwind", 1, "0=exact|false=exact|no=exact|1=fast|true=fast|yes=fast"},
    {"handle_segv", "handle_segv", 1, "2=1"},
    {"hard_rss_limit_mb", "mapped_limit_mb"},
    {"max_malloc_fill_size", "fill_fresh_max"},
    {"may_return_null", "allocator_may_return_null"},
    {"mmap_limit_mb", "mapped_limit_mb"},
    {"new_delete_type_mismatch", "delete_size_mismatch"},
    {"quarantine_size_mb", "arena_quarantine_kb", 1024},
    {"suppress_equal_pcs", "report_once"},
    {"thread_local_quarantine_size_kb", "thread_quarantine_kb"},
};

constexpr std::string_view kFill = "freed memory is always filled whole, by values that trap as pointers";
constexpr std::string_view kFresh = "fill_fresh_max says how much of a fresh block is filled";
constexpr std::string_view kFixedPadding = "padding is 8 bytes or more, and guard pages are beyond that";
constexpr std::string_view kOneForm = "frames are printed in one form; strip_path_prefix shortens file names";
constexpr std::string_view kInProcess = "names are found in the process, without another program";
constexpr std::string_view kOwnHandlers = "the program's handlers run as they would without Padlock";
constexpr std::string_view kHeapOnly = "Padlock looks at the heap only";
constexpr std::string_view kIntercept = "intercept=0 turns the checks of libc's functions off, all together";
constexpr std::string_view kNoShadow = "there is no shadow memory";
constexpr std::string_view kLeaks = "detect_leaks=1 looks for leaks at exit";
constexpr std::string_view kGiveBack = "give_back_after_s says when memory is returned to the system";
constexpr std::string_view kSignals = "the heap is checked at each fatal signal, with check_at_exit";

constexpr Unused kUnused[] = {
    {"abort_on_oom", "allocations that fail return null, or throw"},
    {"allocator_frees_and_returns_null_on_realloc_zero", "realloc to 0 bytes frees, as in glibc"},
    {"allocator_release_to_os_interval_ms", kGiveBack},
    {"allow_addr2line", kInProcess},
    {"allow_user_poisoning", "padlock_poison() and AddressSanitizer's names for it always work"},
    {"allow_user_segv_handler", kOwnHandlers},
    {"atexit", "verbosity=1 prints a line at exit"},
    {"can_use_proc_maps_statm", "reports need no /proc"},
    {"check_initialization_order", kHeapOnly},
    {"check_malloc_usable_size", "a pointer passed to malloc_usable_size is always checked"},
    {"check_printf", kIntercept},
    {"clear_shadow_mmap_threshold", kNoShadow},
    {"compress_stack_depot", "trace_memory_mb bounds the stack depot"},
    {"cov_8bit_counters_out", "Padlock records no coverage"},
    {"cov_pcs_out", "Padlock records no coverage"},
    {"coverage", "Padlock records no coverage"},
    {"coverage_dir", "Padlock records no coverage"},
    {"debug", "verbosity=1 says that Padlock is there"},
    {"decorate_proc_maps", kNoShadow},
    {"demangle", "names of functions are always demangled"},
    {"detect_container_overflow", kHeapOnly},
    {"detect_deadlocks", kHeapOnly},
    {"detect_invalid_pointer_pairs", kHeapOnly},
    {"detect_odr_violation", kHeapOnly},
    {"detect_stack_use_after_return", kHeapOnly},
    {"detect_write_exec", kHeapOnly},
    {"disable_coredump", "core dumps are as the system says; abort_on_error=0 makes none"},
    {"dump_instruction_bytes", "reports show no instructions"},
    {"dump_registers", "reports show no registers"},
    {"external_symbolizer_path", kInProcess},
    {"fast_unwind_on_check", "unwind says how stacks are captured"},
    {"fast_unwind_on_fatal", "unwind says how stacks are captured"},
    {"free_fill", kFill},
    {"free_fill_byte", kFill},
    {"full_address_space", kNoShadow},
    {"handle_abort", kSignals},
    {"handle_ioctl", kIntercept},
    {"handle_sigbus", "handle_segv is for SIGBUS, too"},
    {"handle_sigfpe", kSignals},
    {"handle_sigill", kSignals},
    {"handle_sigtrap", kSignals},
    {"heap_profile", "padlock_stats() counts what is in use"},
    {"html_cov_report", "Padlock records no coverage"},
    {"include", "options are not read from files"},
    {"include_if_exists", "options are not read from files"},
    {"intercept_intrin", kIntercept},
    {"intercept_memcmp", kIntercept},
    {"intercept_memmem", kIntercept},
    {"intercept_send", kIntercept},
    {"intercept_stat", kIntercept},
    {"intercept_strchr", kIntercept},
    {"intercept_strcmp", kIntercept},
    {"intercept_strlen", kIntercept},
    {"intercept_strndup", kIntercept},
    {"intercept_strpbrk", kIntercept},
    {"intercept_strspn", kIntercept},
    {"intercept_strstr", kIntercept},
    {"intercept_strtok", kIntercept},
    {"intercept_tls_get_addr", "thread-local variables are found without it"},
    {"leak_check_at_exit", kLeaks},
    {"legacy_pthread_cond", "condition variables are not intercepted"},
    {"log_exe_name", "a report names its program, and %p in log_path is the process id"},
    {"log_pointers", "a leak report lists stacks"},
    {"log_suffix", "log_path is the whole name; %p in it is the process id"},
    {"log_threads", "stacks name the thread"},
    {"log_to_syslog", "reports go to log_path only"},
    {"malloc_fill", kFresh},
    {"malloc_fill_byte", kFresh},
    {"max_free_fill_size", kFill},
    {"max_leaks", "every leaking stack is listed"},
    {"max_redzone", kFixedPadding},
    {"max_uar_stack_size_log", kHeapOnly},
    {"min_uar_stack_size_log", kHeapOnly},
    {"no_huge_pages_for_shadow", kNoShadow},
    {"pattern_fill_contents", kFresh},
    {"poison_array_cookie", kHeapOnly},
    {"poison_heap", "blocks are always guarded"},
    {"poison_partial", "the padding begins right behind the size that was asked for"},
    {"print_cmdline", "a report names its program"},
    {"print_full_thread_history", "stacks name the thread"},
    {"print_legend", kNoShadow},
    {"print_module_map", "frames name module, offset and build id"},
    {"print_scariness", "reports have no score"},
    {"print_stats", "verbosity=2 prints statistics at exit"},
    {"print_suppressions", "suppressed reports are not listed"},
    {"protect_shadow_gap", kNoShadow},
    {"quarantine_max_chunk_size", "blocks of every size are held back"},
    {"quarantine_size",
     "arena_quarantine_kb, thread_quarantine_kb and large_quarantine_kb say how much is held back"},
    {"redzone", kFixedPadding},
    {"release_to_os_interval_ms", kGiveBack},
    {"replace_intrin", kIntercept},
    {"replace_str", kIntercept},
    {"report_globals", kHeapOnly},
    {"report_objects", "a leak report counts blocks by stack"},
    {"resolution", "a leak report lists each stack by itself"},
    {"sancov_path", "Padlock records no coverage"},
    {"sleep_after_init", "break_on_allocation stops a program in a debugger"},
    {"sleep_before_dying", "a debugger stops at the abort()"},
    {"sleep_before_init", "break_on_allocation stops a program in a debugger"},
    {"stack_trace_format", kOneForm},
    {"start_deactivated", "exclude names programs to leave alone"},
    {"strict_init_order", kHeapOnly},
    {"strict_memcmp", "memcmp is passed what it may read"},
    {"strict_string_checks", "strings are looked at up to where the call reads them"},
    {"strip_env", "LD_PRELOAD stays as it is"},
    {"symbolize_inline_frames", "functions that were inlined have frames of their own"},
    {"symbolize_vs_style", kOneForm},
    {"test_only_emulate_no_memorymap", kNoShadow},
    {"thread_local_quarantine_size", "thread_quarantine_kb says how much a thread holds back"},
    {"uar_noreserve", kHeapOnly},
    {"unmap_shadow_on_exit", kNoShadow},
    {"use_globals", "detect_leaks=1 takes variables, stacks, registers and thread-local data for roots"},
    {"use_ld_allocations", "detect_leaks=1 takes the loader's memory for roots"},
    {"use_madv_dontdump", kNoShadow},
    {"use_odr_indicator", kHeapOnly},
    {"use_poisoned", kNoShadow},
    {"use_registers", "detect_leaks=1 takes variables, stacks, registers and thread-local data for roots"},
    {"use_root_regions", "padlock_leak_add_root() adds roots"},
    {"use_sigaltstack", "reports have a stack of their own"},
    {"use_stacks", "detect_leaks=1 takes variables, stacks, registers and thread-local data for roots"},
    {"use_tls", "detect_leaks=1 takes variables, stacks, registers and thread-local data for roots"},
    {"use_unaligned", "pointers are looked for where they are aligned"},
    {"verify_asan_link_order", "padlock run puts Padlock first in LD_PRELOAD"},
    {"windows_hook_rtl_allocators", "Padlock is for Linux"},
    {"wrap_signals", kOwnHandlers},
    {"zero_contents", kFresh},
};

}  // namespace

std::span<const Synonym> synonyms() noexcept { return kSynonyms; }
std::span<const Unused> unused_names() noexcept { return kUnused; }

const Synonym* find_synonym(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kSynonyms, name, &Synonym::name);
  return found == std::end(kSynonyms) ? nullptr : found;
}

const Unused* find_unused(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kUnused, name, &Unused::name);
  return found == std::end(kUnused) ? nullptr : found;
}

}  // namespace padlock::options
