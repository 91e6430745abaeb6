// Why `padlock` did not start a program: one line for the user, one exit status for scripts.
#pragma once

#include <stdexcept>
#include <string>

namespace padlock::cli {

/// The exit statuses of `padlock` itself; any other comes from the program that it ran.
enum class Status : int {
  kNotSeenAgain = 25,  // of pinpoint: damage, but not the write
  kCannotTrace = 118,  // of pinpoint
  kForeignLibc = 119,
  kSanitized = 120,
  kForeignArchitecture = 121,
  kPrivileged = 122,
  kStatic = 123,
  kNoLibrary = 124,
  kBadUsage = 125,
  kCannotExecute = 126,  // as shells have it
  kNotFound = 127,       // as shells have it
};

class Refusal : public std::runtime_error {
 public:
  Refusal(Status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  [[nodiscard]] Status status() const noexcept { return status_; }

 private:
  Status status_;
};

/// Throws one (kBadUsage) where the first line of a file shows that it is no text.
inline void refuse_binary(const std::string& first_line, const std::string& name) {
  if (first_line.find('\0') == std::string::npos) return;
  throw Refusal(Status::kBadUsage, name + ": is binary, no log with reports");
}

}  // namespace padlock::cli
