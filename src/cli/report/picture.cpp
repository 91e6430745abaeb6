// Not to scale: a header of 32 bytes and a block of a megabyte both have to be seen.
#include "cli/report/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "cli/report/markup.h"

namespace padlock::cli {
namespace {

constexpr double kWidth = 720;
constexpr double kTop = 26;
constexpr double kHeight = 44;
constexpr std::int64_t kHeader = 32;  // bytes
constexpr std::size_t kRow = 16;      // bytes
constexpr std::size_t kGroup = 8;     // that stay on one line in any window

struct Part {
  std::string name;
  std::string look;        // CSS class
  std::int64_t begin = 0;  // bytes from the block's first
  std::int64_t end = 0;
  double x = 0;
  double width = 0;
};

// Fewer for a long part, so that short ones are seen.
double weight_of(const Part& part) {
  return 3 + std::log2(static_cast<double>(std::max<std::int64_t>(part.end - part.begin, 1)) + 1);
}

std::int64_t address_at(const Json& object, const char* name) {
  const std::string text = text_at(object, name);
  return static_cast<std::int64_t>(std::strtoull(text.c_str(), nullptr, 16));
}

std::string size_words(std::int64_t size) { return fmt::format("{} {}", size, size == 1 ? "byte" : "bytes"); }

// In the order of their addresses.
std::vector<Part> parts_of(const Json& report) {
  const Json& block = object_at(report, "block");
  const bool sized = block.contains("size");
  const std::int64_t whole = number_at(block, "whole_size");
  const std::int64_t end = std::max<std::int64_t>(whole - kHeader, 0);
  const std::int64_t size = sized ? std::min(number_at(block, "size"), end) : end;
  std::vector<Part> parts = {{"header", "head", -kHeader, 0}, {sized ? "data" : "block", "data", 0, size}};
  if (size < end) parts.push_back({"padding", "pad", size, end});
  const Json& neighbour = object_at(report, "neighbour");
  if (neighbour.empty()) return parts;
  const std::int64_t far = address_at(neighbour, "address") - address_at(block, "address");
  if (far < 0) {
    parts.insert(parts.begin(), {"block before", "other", far, -kHeader});
  } else {
    parts.push_back({"next header", "head", far - kHeader, far});
    parts.push_back({"next block", "other", far,
                     far + std::max<std::int64_t>(number_at(neighbour, "whole_size") - kHeader, 1)});
  }
  return parts;
}

void lay_out(std::vector<Part>& parts) {
  double sum = 0;
  for (const Part& part : parts) sum += weight_of(part);
  double x = 0;
  for (Part& part : parts) {
    part.x = x;
    part.width = kWidth * weight_of(part) / sum;
    x += part.width;
  }
}

// Where an offset lies on the picture; outside it, at its edge.
double x_of(const std::vector<Part>& parts, std::int64_t offset) {
  for (const Part& part : parts) {
    if (offset < part.begin) return part.x;
    if (offset < part.end)
      return part.x + part.width * static_cast<double>(offset - part.begin) /
                          static_cast<double>(part.end - part.begin);
  }
  return kWidth;
}

// First byte and number of bytes; a length of 0: the report has no place.
std::pair<std::int64_t, std::int64_t> fault_range(const Json& report) {
  if (const Json& damage = object_at(report, "corruption"); !damage.empty())
    return {number_at(damage, "offset"), std::max<std::int64_t>(number_at(damage, "length"), 1)};
  const Json& location = object_at(report, "location");
  if (!location.contains("offset")) return {0, 0};
  const Json& access = object_at(report, "access");
  const std::int64_t size = std::clamp<std::int64_t>(number_at(access, "size", 1), 1, 1 << 20);
  // A function of libc may begin inside the block; the location is the first byte that is not.
  if (!access.contains("address")) return {number_at(location, "offset"), size};
  return {address_at(access, "address") - address_at(object_at(report, "block"), "address"), size};
}

std::string rectangle(const Part& part) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"><title>{}, {}</title></rect>"
      "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>"
      "<text class=\"small\" x=\"{:.1f}\" y=\"{}\">{:+}</text>",
      part.look, part.x, kTop, part.width, kHeight, part.name, size_words(part.end - part.begin),
      part.x + part.width / 2, kTop + kHeight / 2 + 5, part.name, part.x + 2, kTop + kHeight + 13,
      part.begin);
}

std::string marker(const std::vector<Part>& parts, std::int64_t offset, std::int64_t length) {
  const double from = std::min(x_of(parts, offset), kWidth - 4);
  const double width = std::max(x_of(parts, offset + length) - from, 4.0);
  const double label = std::clamp(from + width / 2, 60.0, kWidth - 60);
  return fmt::format(
      "<rect class=\"bad\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"6\"/>"
      "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{} at {:+}</text>",
      from, kTop - 6, width, label, kTop - 10, size_words(length), offset);
}

std::string byte_cell(const char* look, const std::string& found, const std::string& expected) {
  const std::string below = expected.empty() ? "" : "<br><small>" + escaped(expected) + "</small>";
  return fmt::format("<code class=\"{}\">{}{}</code>", look, escaped(found), below);
}

}  // namespace

std::string heap_picture(const Json& report) {
  if (object_at(report, "block").empty()) return "";
  std::vector<Part> parts = parts_of(report);
  lay_out(parts);
  std::string svg = fmt::format(
      "<div class=\"scroll\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"The heap around the fault, "
      "not to scale\">",
      kWidth, kTop + kHeight + 20);
  for (const Part& part : parts) svg += rectangle(part);
  const auto [offset, length] = fault_range(report);
  if (length != 0) svg += marker(parts, offset, length);
  return svg + "</svg></div>\n";
}

std::string bytes_strip(const Json& report) {
  const Json& bytes = object_at(object_at(report, "corruption"), "bytes");
  const std::string found = text_at(bytes, "found");
  const std::string expected = text_at(bytes, "expected");
  const std::string damaged = text_at(bytes, "damaged");
  const std::size_t size = std::min({found.size() / 2, expected.size() / 2, damaged.size()});
  if (size == 0) return "";
  const std::int64_t first = number_at(bytes, "offset");
  const std::int64_t end = number_at(object_at(report, "block"), "size");
  std::string strip = "<p class=\"soft\">Bytes as found; under a damaged one, what was expected.</p>\n";
  for (std::size_t row = 0; row < size; row += kRow) {
    strip += fmt::format("<div class=\"bytes\"><span class=\"at\">{:+}</span>",
                         first + static_cast<std::int64_t>(row));
    const std::size_t stop = std::min(row + kRow, size);
    for (std::size_t i = row; i < stop; ++i) {
      if ((i - row) % kGroup == 0) strip += i == row ? "<span>" : "</span><span>";
      const std::int64_t offset = first + static_cast<std::int64_t>(i);
      const bool bad = damaged[i] == '1';
      const char* const look = bad ? "bad" : offset >= 0 && offset < end ? "data" : "";
      strip += byte_cell(look, found.substr(2 * i, 2), bad ? expected.substr(2 * i, 2) : "");
    }
    strip += "</span></div>\n";
  }
  return strip;
}

}  // namespace padlock::cli
