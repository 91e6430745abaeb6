// What an ELF file says about itself, as far as it decides whether a library can be preloaded into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace padlock::cli {

struct ElfFacts {
  enum class Form : std::uint8_t {
    kNotElf,
    kDamaged,      // an ELF file whose tables lead outside it
    kNotAProgram,  // an object file, a core dump
    kForeign,      // not for this processor; only `architecture` is filled in
    kStatic,       // no dynamic loader, so nothing preloads
    kDynamic,
  };
  Form form = Form::kNotElf;
  std::string architecture;  // "32-bit x86"
  std::string loader;        // path of the dynamic loader
  std::string sanitizer;     // "AddressSanitizer"; empty: none found
  bool has_padlock = false;  // it is libpadlock.so, or libpadlock.a is linked into it
};

/// Reads the file in `bytes`, which may be anything: no offset in it is trusted.
/// Source of the format: System V ABI, edition 4.1, chapters 4 and 5.
ElfFacts read_elf(std::span<const std::byte> bytes);

}  // namespace padlock::cli
