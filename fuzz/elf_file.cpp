// Any file as an ELF file: nothing outside it is read, and what is said of it comes from it.
#include <algorithm>
#include <cstdint>
#include <string>

#include "cli/elf_file.h"
#include "model/require.h"
#include "support/operations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using padlock::cli::ElfFacts;
  using padlock::fuzz::require;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  padlock::fuzz::Operations::add(2);
  const ElfFacts facts = padlock::cli::read_elf(bytes);

  const bool magic = size >= 4 && data[0] == 0x7F && data[1] == 'E' && data[2] == 'L' && data[3] == 'F';
  require(magic || facts.form == ElfFacts::Form::kNotElf, "only an ELF file is one");
  require(facts.form <= ElfFacts::Form::kDynamic, "a form is one of the forms");
  const auto in_file = [&](const std::string& text) {
    return std::search(data, data + size, text.begin(), text.end(), [](std::uint8_t a, char b) {
             return a == static_cast<std::uint8_t>(b);
           }) != data + size;
  };
  require(facts.loader.empty() || in_file(facts.loader), "the loader's path is in the file");
  require(facts.loader.empty() || facts.form == ElfFacts::Form::kDynamic,
          "only a dynamic program has a loader");
  const ElfFacts again = padlock::cli::read_elf(bytes);
  require(again.form == facts.form && again.loader == facts.loader && again.sanitizer == facts.sanitizer &&
              again.architecture == facts.architecture,
          "the same file says the same");
  return 0;
}
