// Each call as a line of C++.
#include "model/transcript.h"

#include <cinttypes>
#include <cstdio>
#include <iterator>

namespace padlock::fuzz {
namespace {

const char* enumerator(core::Origin origin) {
  constexpr const char* kNames[] = {"kMalloc", "kNew", "kNewArray", "kAligned"};
  return kNames[static_cast<std::size_t>(origin) % 4];
}

std::string caller_text(const core::Caller& by) {
  std::string text = "{.trace = " + std::to_string(by.trace) + ", .thread = " + std::to_string(by.thread);
  if (by.number != 0) text += ", .number = " + std::to_string(by.number);
  return text + "}";
}

std::string request_text(const core::AllocRequest& request) {
  std::string text = "{.size = " + std::to_string(request.size);
  if (request.alignment != 0) text += ", .alignment = " + std::to_string(request.alignment);
  text += std::string(", .origin = Origin::") + enumerator(request.origin);
  return text + ", .by = " + caller_text(request.by) + "}";
}

}  // namespace

// Lines are flushed one by one: the last call of a failing program may not return.
Transcript::Transcript(const Setup& setup) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf(
      "struct Log final : FaultSink {\n"
      "  void on_fault(const Fault& fault) override { faults.push_back(fault); }\n"
      "  std::vector<Fault> faults;\n"
      "};\n\n"
      "TEST(HeapRegression, Unnamed) {\n"
      "  [[maybe_unused]] const auto at = [](void* block, std::ptrdiff_t offset) { return "
      "static_cast<char*>(block) + offset; };\n"
      "  [[maybe_unused]] const auto poke = [&](void* block, std::ptrdiff_t offset, std::size_t length, int "
      "value) {\n"
      "    std::memset(at(block, offset), value, length);\n"
      "  };\n"
      "  [[maybe_unused]] const auto flip = [&](void* block, std::ptrdiff_t offset, std::size_t length, int "
      "bits) {\n"
      "    for (std::size_t i = 0; i < length; ++i) at(block, offset)[i] ^= static_cast<char>(bits);\n"
      "  };\n"
      "  [[maybe_unused]] const auto copy = [&](void* to, std::ptrdiff_t to_offset, void* from, "
      "std::ptrdiff_t from_offset,\n"
      "                        std::size_t length) {\n"
      "    std::memmove(at(to, to_offset), at(from, from_offset), length);\n"
      "  };\n"
      "  struct Unused final : UnusedMemory {\n"
      "    void on_unused(std::span<std::byte> memory) override {\n"
      "      std::memset(memory.data(), value, memory.size());\n"
      "    }\n"
      "    int value = 0;\n"
      "  } unused;\n"
      "  Log faults;\n"
      "  std::array<BlockSlot, %zu> slots{};\n"
      "  Heap heap({.key = %" PRIu64
      "U, .seed = %u, .quarantine_bytes = %zu, .coalesce_ready_bytes = %zu,\n"
      "             .coalesce_batch = %zu}, slots);\n",
      setup.slot_count(), 0x9E3779B97F4A7C15U * (setup.key + std::uint64_t{1}), setup.seed,
      setup.max_quarantine_bytes(), setup.max_pending_bytes(), setup.batch());
}

Transcript::~Transcript() { std::printf("}\n"); }

void Transcript::add_region(std::span<const std::byte> blocks, std::size_t index) {
  const std::string name = "region" + std::to_string(index);
  names_.emplace(reinterpret_cast<std::uintptr_t>(blocks.data()), name);
  std::printf(
      "  alignas(4096) static std::byte blocks%zu[%zu];\n"
      "  alignas(16) static std::byte metadata%zu[Region::metadata_bytes(sizeof blocks%zu)];\n"
      "  ASSERT_TRUE(heap.add_region(blocks%zu, metadata%zu));\n"
      "  void* const %s = blocks%zu;\n",
      index, blocks.size(), index, index, index, index, name.c_str(), index);
}

std::string Transcript::name_of(std::uintptr_t address) const {
  auto above = names_.upper_bound(address);
  if (above == names_.begin()) {
    char text[40];
    std::snprintf(text, sizeof text, "reinterpret_cast<void*>(0x%" PRIxPTR ")", address);
    return text;
  }
  const auto& [user, name] = *--above;
  return user == address ? name : "static_cast<char*>(" + name + ") + " + std::to_string(address - user);
}

void Transcript::allocate(const core::AllocRequest& request) {
  std::printf("  void* p%u = heap.allocate(%s, faults);\n", blocks_, request_text(request).c_str());
}

void Transcript::allocated(const void* result) {
  const std::string name = "p" + std::to_string(blocks_++);
  if (result == nullptr) std::printf("  ASSERT_EQ(%s, nullptr);\n", name.c_str());
  if (result != nullptr) names_[reinterpret_cast<std::uintptr_t>(result)] = name;
}

void Transcript::deallocate(std::uintptr_t address, const core::FreeRequest& request) {
  std::string text = std::string("{.origin = Origin::") + enumerator(request.origin);
  const auto number = [](const auto& value) { return value ? std::to_string(*value) : std::string("{}"); };
  text += ", .size = " + number(request.size) + ", .alignment = " + number(request.alignment);
  text += ", .by = " + caller_text(request.by) + "}";
  std::printf("  heap.deallocate(%s, %s, faults);\n", name_of(address).c_str(), text.c_str());
}

void Transcript::resize(std::uintptr_t address, const core::AllocRequest& request, const char* function) {
  std::printf("  static_cast<void>(heap.%s(%s, %s, faults));\n", function, name_of(address).c_str(),
              request_text(request).c_str());
}

void Transcript::usable_size(std::uintptr_t address) {
  std::printf("  static_cast<void>(heap.usable_size(%s, faults));\n", name_of(address).c_str());
}

void Transcript::flush() { std::printf("  heap.flush_quarantine(faults);\n"); }

void Transcript::coalesce(std::size_t max_blocks) {
  std::printf("  heap.coalesce(%zu, faults);\n", max_blocks);
}

void Transcript::give_up(int value) {
  std::printf("  unused.value = %d;\n  heap.give_up_tops(unused, faults);\n", value);
}

void Transcript::give_up_insides() {
  std::printf("  unused.value = 0;\n  heap.give_up_insides(unused, faults);\n");
}

void Transcript::check(core::Moment moment) {
  std::printf("  heap.check(Moment::%s, faults);\n", moment == core::Moment::kExit ? "kExit" : "kCheck");
}

std::string Transcript::place_of(std::uintptr_t address) const {
  const auto& [at, name] = *std::prev(names_.upper_bound(address));
  return name + ", " + std::to_string(address - at);
}

void Transcript::poke(std::uintptr_t address, std::size_t length, std::uint8_t value) {
  std::printf("  poke(%s, %zu, 0x%02X);\n", place_of(address).c_str(), length, static_cast<unsigned>(value));
}

void Transcript::flip(std::uintptr_t address, std::size_t length, std::uint8_t bits) {
  std::printf("  flip(%s, %zu, 0x%02X);\n", place_of(address).c_str(), length, static_cast<unsigned>(bits));
}

void Transcript::copy(std::uintptr_t to, std::uintptr_t from, std::size_t length) {
  std::printf("  copy(%s, %s, %zu);\n", place_of(to).c_str(), place_of(from).c_str(), length);
}

void Transcript::remark(const char* text) { std::printf("  // %s\n", text); }

void Transcript::fault(const core::Fault& fault) {
  std::printf("  // reports %s at %s, block %s, offset %" PRId64 ", length %" PRIu64 "\n",
              core::to_string(fault.kind), core::to_string(fault.moment),
              fault.block.present() ? name_of(fault.block.user).c_str() : "none", fault.damage.offset,
              fault.damage.length);
}

}  // namespace padlock::fuzz
