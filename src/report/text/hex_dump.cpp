// Hex dump of a damage window.
#include "report/text/hex_dump.h"

#include <algorithm>

#include "core/fault.h"
#include "report/diagnose/damage_view.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

constexpr std::size_t kRow = 16;
constexpr std::size_t kMargin = 13;  // columns before the first byte

class Dump {
 public:
  Dump(const core::Fault& fault, Painter& out) : fault_(fault), view_(fault.damage), out_(out) {}

  void print() {
    const std::size_t size = view_.window_size();
    if (size == 0) return;
    out_.text().append('\n');
    for (std::size_t row = 0; row < size; row += kRow) {
      if (!worth_showing(row)) continue;
      found_row(row);
      if (has_damage(row)) expected_row(row);
    }
    legend();
  }

 private:
  [[nodiscard]] std::size_t row_end(std::size_t row) const {
    return std::min(row + kRow, view_.window_size());
  }

  [[nodiscard]] bool has_damage(std::size_t row) const {
    for (std::size_t i = row; i < row_end(row); ++i) {
      if (view_.is_damaged(i)) return true;
    }
    return false;
  }

  // A damaged row, or the row right before or behind one.
  [[nodiscard]] bool worth_showing(std::size_t row) const {
    return has_damage(row) || has_damage(row + kRow) || (row >= kRow && has_damage(row - kRow));
  }

  [[nodiscard]] std::int64_t offset(std::size_t index) const {
    return static_cast<std::int64_t>(fault_.damage.window.start + index - fault_.block.user);
  }

  // The block's data ends before this byte.
  [[nodiscard]] bool at_end(std::size_t index) const {
    return fault_.block.sealed && static_cast<std::uint64_t>(offset(index)) == fault_.block.requested;
  }
  [[nodiscard]] bool at_start(std::size_t index) const { return offset(index) == 0; }

  // What stands between byte index - 1 and byte index of a row.
  [[nodiscard]] char separator(std::size_t row, std::size_t index) const {
    const bool before = index > row && view_.is_damaged(index - 1);
    const bool here = index < row_end(row) && view_.is_damaged(index);
    if (here && !before) return '[';
    if (before && !here) return ']';
    if (here) return ' ';
    const bool edge = index < row_end(row) && (at_end(index) || at_start(index));
    return edge ? '|' : ' ';
  }

  // Damaged bytes are inked from bracket to bracket.
  void mark(char character) {
    if (character == '[') out_.ink(Ink::kDamage);
    out_.text().append(character);
    if (character == ']') out_.ink(Ink::kPlain);
  }

  void found_row(std::size_t row) {
    margin(offset(row));
    TextWriter& text = out_.text();
    for (std::size_t i = row; i < row_end(row); ++i) {
      mark(separator(row, i));
      text.hex(fault_.damage.window.found[i], 2);
    }
    mark(separator(row, row_end(row)));
    text.repeat(' ', 3 * (row + kRow - row_end(row)) + 2);
    for (std::size_t i = row; i < row_end(row); ++i) text.append(shown(fault_.damage.window.found[i]));
    text.append('\n');
  }

  void expected_row(std::size_t row) {
    std::size_t last = row;  // one past the last byte to show
    for (std::size_t i = row; i < row_end(row); ++i) {
      if (view_.is_damaged(i) && fault_.damage.window.known[i]) last = i + 1;
    }
    if (last == row) return;
    TextWriter& text = out_.text();
    constexpr std::string_view kLabel = "    expected ";
    static_assert(kLabel.size() == kMargin);
    text.append(kLabel);
    out_.ink(Ink::kExpected);
    for (std::size_t i = row; i < last; ++i) {
      text.append(' ');
      if (view_.is_damaged(i) && fault_.damage.window.known[i]) {
        text.hex(fault_.damage.window.expected[i], 2);
      } else {
        text.append("  ");
      }
    }
    out_.ink(Ink::kPlain);
    text.append('\n');
  }

  // The row's offset, right-aligned.
  void margin(std::int64_t value) {
    char digits[24];
    TextWriter number(digits);
    if (value >= 0) number.append('+');
    number.signed_decimal(value);
    const std::size_t width = number.size();
    out_.text().repeat(' ', kMargin - 1 - std::min(width, kMargin - 1)).append(number.view()).append(' ');
  }

  static char shown(std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.'; }

  // Bytes in brackets that are not known to have been overwritten.
  [[nodiscard]] bool has_doubtful() const {
    if (fault_.damage.changed == 0) return fault_.damage.somewhere;
    for (std::size_t i = 0; i != view_.window_size(); ++i) {
      if (view_.is_damaged(i) && !fault_.damage.window.known[i]) return true;
    }
    return false;
  }

  void legend() {
    out_.text()
        .append("    [ ] ")
        .append(has_doubtful() ? "some overwritten" : "overwritten")
        .append("   | start or end of the block's data   offsets in bytes from its start\n");
  }

  const core::Fault& fault_;
  DamageView view_;
  Painter& out_;
};

}  // namespace

void dump_damage(const core::Fault& fault, Painter& out) noexcept { Dump(fault, out).print(); }

}  // namespace padlock::report
