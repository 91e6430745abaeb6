// A thread's own values, whose destructors run at its end: forwards only; libc keeps them.
#include "preload/pass_through.h"
#include "runtime/interposed/thread_values.h"

namespace runtime = padlock::runtime;

PADLOCK_PASS_THROUGH(pthread_setspecific, runtime::on_thread_value_call)
PADLOCK_PASS_THROUGH(tss_set, runtime::on_thread_value_call)
