// Keeps errno over a scope: Padlock runs inside calls that must not change it. Before the library is
// relocated there is no errno.
#pragma once

#include <cerrno>

#include "os/relocation.h"

namespace padlock::os {

inline void set_errno(int error) noexcept {
  if (is_relocated()) errno = error;
}

class ErrnoKeeper {
 public:
  ErrnoKeeper() noexcept : saved_(is_relocated() ? errno : 0) {}
  ~ErrnoKeeper() { set_errno(saved_); }
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int saved_;
};

}  // namespace padlock::os
