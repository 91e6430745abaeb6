// A report's text for the fault callback, which may run while the next report is already being written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/text.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::runtime {

/// Owns a copy in pages of its own; without memory the copy is the first line alone.
class CallbackText {
 public:
  CallbackText() noexcept = default;
  ~CallbackText() {
    if (pages_ != nullptr) os::unmap_table(pages_, size_);
  }
  CallbackText(const CallbackText&) = delete;
  CallbackText& operator=(const CallbackText&) = delete;

  /// Once. `summary` is one line, without its end.
  void keep(std::string_view summary, std::string_view text) noexcept {
    TextWriter line(summary_);
    line.append(summary);
    line.c_str();
    size_ = (text.size() / os::page_size() + 1) * os::page_size();
    pages_ = static_cast<char*>(os::map_table(size_));
    if (pages_ != nullptr) std::copy_n(text.data(), text.size(), pages_);
  }

  [[nodiscard]] bool kept() const noexcept { return size_ != 0; }
  [[nodiscard]] const char* summary() const noexcept { return summary_; }
  [[nodiscard]] const char* report() const noexcept { return pages_ != nullptr ? pages_ : summary_; }

 private:
  char summary_[512] = {};
  char* pages_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace padlock::runtime
