// Closing and redirecting standard streams: forwards only.
#include "preload/pass_through.h"
#include "runtime/interposed/stream_calls.h"

namespace runtime = padlock::runtime;

PADLOCK_PASS_THROUGH(close, runtime::on_close_call)
PADLOCK_PASS_THROUGH(dup2, runtime::on_dup2_call)
PADLOCK_PASS_THROUGH(dup3, runtime::on_dup2_call)
PADLOCK_PASS_THROUGH(closefrom, runtime::on_closefrom_call)
PADLOCK_PASS_THROUGH(close_range, runtime::on_close_range_call)
PADLOCK_PASS_THROUGH(fclose, runtime::on_fclose_call)
PADLOCK_PASS_THROUGH(freopen, runtime::on_freopen_call)
PADLOCK_PASS_THROUGH(freopen64, runtime::on_freopen_call)
PADLOCK_PASS_THROUGH(setsid, runtime::on_setsid_call)
PADLOCK_PASS_THROUGH(daemon, runtime::on_daemon_call)
