// The state itself.
#include "os/confined.h"

namespace padlock::os {
namespace {

// Strict mode is a thread's own: the others are confined only as by any other filter.
constinit thread_local bool strict __attribute__((tls_model("initial-exec"))) = false;

}  // namespace

namespace detail {

constinit std::atomic<bool> confined{false};

bool is_refused_when_confined(long number) noexcept {
  return strict ? number != SYS_write && number != SYS_exit : !is_made_when_confined(number);
}

void note_strict() noexcept { strict = true; }

}  // namespace detail

bool is_strict() noexcept { return strict; }

}  // namespace padlock::os
