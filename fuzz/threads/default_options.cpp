// How the process-wide allocator is set up for scripts: three arenas, small quarantines and a low threshold
// of large blocks, so that a short script reaches everything.
extern "C" const char* padlock_default_options() {
  return "halt_on_error=0:exitcode=0:report_once=0:symbolize=0:log_path=/dev/"
         "null:arenas=3:large_threshold_kb=64:arena_quarantine_kb=512:"
         "large_quarantine_kb=4096:trace_memory_mb=64:check_at_exit=0:handle_segv=0:seed=1";
}

// Newer compilers' default: a local variable may lie outside of the thread's stack.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=1"; }
