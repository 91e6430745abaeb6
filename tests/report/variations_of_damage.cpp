// Variations of what was written, and where.
#include <algorithm>
#include <cstring>
#include <string>

#include "samples.h"
#include "variations.h"

namespace padlock::report::samples {

void vary_damage(std::vector<Variation>& list);

namespace {

// Where the sample's damage begins, moved by this much.
std::int64_t moved(const Report& report, std::int64_t by) { return report.fault.damage.offset + by; }

// Overwrites other bytes, where any were.
void write(Report& report, std::int64_t by, const std::string& bytes) {
  if (report.fault.damage.present()) damage(report.fault, moved(report, by), bytes);
}

std::string word(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  std::memcpy(bytes.data(), &value, std::min(size, sizeof value));
  return bytes;
}

void vary_bytes(std::vector<Variation>& list) {
  const std::pair<const char*, std::string> written[] = {
      {"a zero byte", word(0, 1)},
      {"a byte of text", "A"},
      {"a newline", "\n"},
      {"a byte that is no text", "\x80"},
      {"two zeros", word(0, 2)},
      {"three zeros", word(0, 3)},
      {"four zeros", word(0, 4)},
      {"eight zeros", word(0, 8)},
      {"nine zeros", word(0, 9)},
      {"sixteen zeros", word(0, 16)},
      {"a fill of three", "\x41\x41\x41"},
      {"a fill of four", "\x41\x41\x41\x41"},
      {"a fill of twenty", std::string(20, '\xcd')},
      {"two bytes of text", "ab"},
      {"three of text and another", "abc\x01"},
      {"four of text and another", "abcd\x01"},
      {"a string of one", std::string("a\0", 2)},
      {"a string", std::string("abcdefg\0", 8)},
      {"sixteen of text", "abcdefghijklmnop"},
      {"forty of text", std::string(5, 'a') + std::string(35, 'b')},
      {"a short", word(0x0102, 2)},
      {"an int", word(42, 4)},
      {"minus one of four bytes", word(0xfffffffe, 4)},
      {"a long", word(42, 8)},
      {"a negative long", word(static_cast<std::uint64_t>(-42), 8)},
      {"two ints", word(7 | std::uint64_t{9} << 32, 8)},
      {"two ints, upper of 12 bits", word(7 | std::uint64_t{0xfff} << 32, 8)},
      {"two ints, upper of 13 bits", word(7 | std::uint64_t{0x1000} << 32, 8)},
      {"two ints, lower of 23 bits", word(0x7fffff | std::uint64_t{9} << 32, 8)},
      {"two ints, lower of 24 bits", word(0x800000 | std::uint64_t{9} << 32, 8)},
      {"48 bits", word(0xffff01020304, 8)},
      {"49 bits", word(0x1ffff01020304, 8)},
      {"1.0", word(0x3ff0000000000000, 8)},
      {"2^64", word(0x43f0000000000000, 8)},
      {"2^65", word(0x4400000000000000, 8)},
      {"2^-64", word(0x3bf0000000000000, 8)},
      {"2^-65", word(0x3be0000000000000, 8)},
      {"many members", word(0x0102030405060708, 8)},
      {"sixteen bytes", word(0x7f0000005020, 16)},
      {"a hundred bytes", word(0x1122334455667788, 100)},
  };
  for (const auto& [name, bytes] : written) {
    const std::string text = bytes;
    for (const std::int64_t by : {0, 1, 4, 8})
      list.push_back({std::string(name) + " at " + std::to_string(by),
                      [text, by](Report& report) { write(report, by, text); }});
  }
}

// What is left of what Padlock had put there.
void vary_changes(std::vector<Variation>& list) {
  const auto change = [&list](const std::string& name, std::size_t size, std::uint64_t by) {
    list.push_back({name, [size, by](Report& report) {
                      core::Fault& fault = report.fault;
                      if (!fault.damage.present()) return;
                      const std::uint8_t whole =
                          fault.damage.window.expected[fault.damage.address - fault.damage.window.start];
                      std::uint64_t value = 0;
                      std::memset(&value, whole, sizeof value);
                      value += by;
                      damage(fault, moved(report, 0), word(value, size));
                    }});
  };
  for (const std::size_t size : {1U, 2U, 4U, 5U, 8U, 9U}) {
    const std::string of = " in " + std::to_string(size);
    change("one more" + of, size, 1);
    change("one less" + of, size, ~std::uint64_t{0});
    change("two more" + of, size, 2);
    change("sixteen more" + of, size, 16);
  }
  for (const unsigned bit : {0U, 7U})
    list.push_back({"bit " + std::to_string(bit), [bit](Report& report) {
                      core::Fault& fault = report.fault;
                      if (!fault.damage.present()) return;
                      const std::size_t at = fault.damage.address - fault.damage.window.start;
                      const auto flipped =
                          static_cast<std::uint8_t>(fault.damage.window.expected[at] ^ 1U << bit);
                      damage(fault, moved(report, 0), Bytes{flipped});
                    }});
}

void vary_extent(std::vector<Variation>& list) {
  const auto of_damage = [&list](const std::string& name, auto make) {
    list.push_back({name, [make](Report& report) {
                      if (report.fault.damage.present()) make(report.fault.damage, report.fault);
                    }});
  };
  using core::Damage;
  using core::Fault;
  of_damage("at least", [](Damage& damage, Fault&) { damage.at_least = true; });
  of_damage("at most", [](Damage& damage, Fault&) { damage.at_least = false; });
  of_damage("somewhere", [](Damage& damage, Fault&) { damage.somewhere = true; });
  of_damage("some changed", [](Damage& damage, Fault&) { damage.changed = 1; });
  of_damage("apart", [](Damage& damage, Fault&) { damage.apart = true; });
  of_damage("no damage", [](Damage& damage, Fault&) { damage.length = 0; });
  of_damage("no window", [](Damage& damage, Fault&) { damage.window.size = 0; });
  of_damage("window of one byte", [](Damage& damage, Fault&) { damage.window.size = 1; });
  of_damage("window too large", [](Damage& damage, Fault&) { damage.window.size = 1000; });
  of_damage("window up to the damage", [](Damage& damage, Fault&) {
    damage.window.size = static_cast<std::uint16_t>(damage.address - damage.window.start);
  });
  of_damage("window one byte into the damage", [](Damage& damage, Fault&) {
    damage.window.size = static_cast<std::uint16_t>(damage.address - damage.window.start + 1);
  });
  of_damage("nothing known", [](Damage& damage, Fault&) { std::ranges::fill(damage.window.known, false); });
  of_damage("all known", [](Damage& damage, Fault&) { std::ranges::fill(damage.window.known, true); });
  of_damage("text around", [](Damage& damage, Fault&) {
    for (std::size_t i = 0; i < damage.window.size; ++i)
      if (damage.window.found[i] != damage.window.expected[i] || !damage.window.known[i])
        damage.window.found[i] = 't';
    damage.at_least = true;
  });
  for (const std::int64_t by : {-17, -16, -8, -4, -1, 1, 2, 4, 8, 9, 16, 24, 100})
    list.push_back({"moved by " + std::to_string(by), [by](Report& report) {
                      const Damage old = report.fault.damage;
                      if (!old.present()) return;
                      const std::size_t first = old.address - old.window.start;
                      const std::size_t shown =
                          std::min<std::size_t>(old.length, old.window.kCapacity - first);
                      const std::string bytes(reinterpret_cast<const char*>(old.window.found) + first, shown);
                      damage(report.fault, moved(report, by), bytes);
                    }});
  list.push_back({"a power of two where nothing is known", [](Report& report) {
                    write(report, 0, "\x40");
                    std::ranges::fill(report.fault.damage.window.known, false);
                  }});
  list.push_back({"window from the damage on", [](Report& report) {
                    if (!report.fault.damage.present()) return;
                    damage(report.fault, -4, std::string("wxyz"));
                    core::DamageWindow& window = report.fault.damage.window;
                    std::copy_n(window.found + (report.fault.damage.address - window.start), 4, window.found);
                    window.start = report.fault.damage.address;
                    window.size = 0x4141;  // beyond its capacity, and text
                    report.fault.damage.at_least = true;
                  }});
  list.push_back({"up to the data", [](Report& report) {
                    if (!report.fault.damage.present()) return;
                    damage(report.fault, -4, std::string("wxyz"));
                    report.fault.damage.at_least = true;
                  }});
  list.push_back({"all of the data", [](Report& report) {
                    const std::uint64_t size = report.fault.block.requested;
                    if (report.fault.damage.present() && size < 100)
                      damage(report.fault, 0, std::string(size, 'x') + "y");
                  }});
}

}  // namespace

void vary_damage(std::vector<Variation>& list) {
  vary_bytes(list);
  vary_changes(list);
  vary_extent(list);
}

}  // namespace padlock::report::samples
