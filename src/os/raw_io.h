// Output that needs no malloc, no stdio and no lock; safe in a signal handler.
#pragma once

#include <cstddef>
#include <string_view>

namespace padlock::os {

/// Writes it all (retries on EINTR and short writes; waits a few seconds for a full pipe that does not
/// block); false on an error, which raises neither SIGPIPE nor SIGXFSZ. Keeps errno.
bool write_all(int fd, std::string_view text) noexcept;
/// open(2) for appending, close-on-exec; -1 on an error, and for a FIFO without a reader.
int open_for_append(const char* path) noexcept;
void close_fd(int fd) noexcept;
bool is_terminal(int fd) noexcept;
[[noreturn]] void exit_now(int status) noexcept;  // _exit(2)
/// As abort(3): the program's SIGABRT handler runs, and if it returns, the default action ends the process.
[[noreturn]] void abort_now() noexcept;

}  // namespace padlock::os
