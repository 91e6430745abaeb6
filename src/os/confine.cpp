// Filters that were there before the program, and what is asked of the kernel for the last time.
#include "os/confine.h"

#include "os/confined.h"
#include "os/file_reader.h"
#include "os/memory.h"
#include "os/thread.h"

namespace padlock::os {
namespace {

// Of a process, by its /proc/PID/status: 0 and 0 where it does not say.
struct Filters {
  unsigned mode = 0;  // 2: filters
  unsigned count = 0;
};

// Reads a line up to its end; whether it begins with `name`, and then the number behind.
bool read_field(FileReader& file, int& c, const char* name, unsigned& value) noexcept {
  bool same = true;
  for (; *name != '\0' && same; ++name) {
    same = c == *name;
    if (same) c = file.next();
  }
  if (same) value = 0;
  for (; c != '\n' && c != FileReader::kEnd; c = file.next()) {
    if (same && c >= '0' && c <= '9') value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return same;
}

Filters filters_of(const char* status) noexcept {
  FileReader file(status);
  Filters filters;
  for (int c = file.next(); c != FileReader::kEnd; c = file.next()) {
    if (c != 'S') {
      while (c != '\n' && c != FileReader::kEnd) c = file.next();
    } else if (read_field(file, c, "Seccomp", filters.mode)) {
      // "Seccomp:" comes before "Seccomp_filters:", of newer kernels.
      c = file.next();
      if (c == 'S') read_field(file, c, "Seccomp_filters", filters.count);
      break;
    }
  }
  return filters;
}

}  // namespace

bool has_inherited_filter() noexcept {
  const Filters own = filters_of("/proc/self/status");
  if (own.mode == 0) return false;
  const Filters container = filters_of("/proc/1/status");
  return container.mode == 0 || own.count > container.count;
}

void confine() noexcept {
  process_id();
  thread_id();
  memory_limit();
  detail::confined.store(true, std::memory_order_seq_cst);
}

void confine_strictly() noexcept {
  confine();
  detail::note_strict();
}

}  // namespace padlock::os
