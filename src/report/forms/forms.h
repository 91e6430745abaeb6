// The forms that a report can take: text for people, JSON for programs, AddressSanitizer's for its consumers.
// Each is a folder beside this one.
#pragma once

#include "options/options.h"
#include "report/asan/asan_renderer.h"
#include "report/json/json_renderer.h"
#include "report/renderer.h"
#include "report/text/text_renderer.h"

namespace padlock::report {

class Forms {
 public:
  explicit constexpr Forms(Style style) noexcept : text_(style), asan_(style) {}

  [[nodiscard]] const Renderer& of(options::ReportFormat format) const noexcept {
    switch (format) {
      case options::ReportFormat::kJson:
        return json_;
      case options::ReportFormat::kAsan:
        return asan_;
      case options::ReportFormat::kText:
        break;
    }
    return text_;
  }
  [[nodiscard]] const JsonRenderer& json() const noexcept { return json_; }

 private:
  TextRenderer text_;
  JsonRenderer json_;
  AsanRenderer asan_;
};

}  // namespace padlock::report
