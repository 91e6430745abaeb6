// The ELF reader, on files made by hand, files of this system, and broken ones.
#include "cli/elf_file.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file_mark.h"
#include "cli/elf_builder.h"
#include "cli/mapped_file.h"

namespace padlock::cli {
namespace {

using Form = ElfFacts::Form;

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

ElfFacts read(const std::vector<std::byte>& file) { return read_elf(file); }

std::vector<std::byte> with_byte(std::vector<std::byte> file, std::size_t offset, unsigned value) {
  file.at(offset) = static_cast<std::byte>(value);
  return file;
}

std::vector<std::byte> with_word(std::vector<std::byte> file, std::size_t offset, std::uint64_t value) {
  std::memcpy(&file.at(offset), &value, sizeof value);
  return file;
}

TEST(ElfFile, DynamicProgramNamesItsLoader) {
  const ElfFacts facts = read(ElfBuilder().loader(kLoader).name("libc.so.6").build());
  EXPECT_EQ(facts.form, Form::kDynamic);
  EXPECT_EQ(facts.loader, kLoader);
  EXPECT_EQ(facts.architecture, "64-bit x86");
  EXPECT_EQ(facts.sanitizer, "");
}

TEST(ElfFile, ProgramWithoutALoaderIsStatic) {
  EXPECT_EQ(read(ElfBuilder().name("libc.so.6").build()).form, Form::kStatic);
}

TEST(ElfFile, SanitizersAreKnownByTheirSymbolsAndLibraries) {
  const auto sanitizer = [](const char* name) {
    return read(ElfBuilder().loader(kLoader).name("libc.so.6").name(name).name("malloc").build()).sanitizer;
  };
  EXPECT_EQ(sanitizer("__asan_init"), "AddressSanitizer");
  EXPECT_EQ(sanitizer("libasan.so.8"), "AddressSanitizer");
  EXPECT_EQ(sanitizer("__hwasan_init"), "HWAddressSanitizer");
  EXPECT_EQ(sanitizer("__tsan_init"), "ThreadSanitizer");
  EXPECT_EQ(sanitizer("libtsan.so.2"), "ThreadSanitizer");
  EXPECT_EQ(sanitizer("__msan_init"), "MemorySanitizer");
  EXPECT_EQ(sanitizer("__lsan_init"), "LeakSanitizer");
  EXPECT_EQ(sanitizer("libubsan.so.1"), "");
  EXPECT_EQ(sanitizer("__asan_init_not"), "");
  EXPECT_EQ(sanitizer("my_libasan.so"), "");
}

TEST(ElfFile, PadlockIsKnownByItsMark) {
  const FileMark mark;
  const std::string own(reinterpret_cast<const char*>(&mark), sizeof mark);
  const auto note = [](std::uint32_t content, std::uint32_t type) {
    const Elf64_Nhdr header = {4, content, type};
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + std::string("GNU\0", 4) +
           std::string((content + 3) / 4 * 4, 'x');
  };
  const auto is_padlock = [](const std::string& notes) {
    return read(ElfBuilder().loader(kLoader).notes(notes).build()).has_padlock;
  };
  EXPECT_TRUE(is_padlock(own));
  EXPECT_TRUE(is_padlock(note(20, 3) + note(5, 1) + own));
  EXPECT_FALSE(is_padlock(note(20, 3)));
  EXPECT_FALSE(is_padlock(""));
  EXPECT_FALSE(is_padlock(own.substr(0, own.size() - 1)));
  const Elf64_Nhdr endless = {0xffffffff, 0xffffffff, 1};
  EXPECT_FALSE(is_padlock(std::string(reinterpret_cast<const char*>(&endless), sizeof endless)));
  // Symbols that a program of Padlock's users refers to are no mark.
  EXPECT_FALSE(read(ElfBuilder().loader(kLoader).name("padlock_version").build()).has_padlock);
}

TEST(ElfFile, OtherArchitecturesAreNamed) {
  const auto program = ElfBuilder().loader(kLoader).build();
  const auto architecture = [&](unsigned elf_class, unsigned machine) {
    const ElfFacts facts = read(with_byte(with_byte(program, EI_CLASS, elf_class), 18, machine));
    EXPECT_EQ(facts.form, Form::kForeign);
    return facts.architecture;
  };
  EXPECT_EQ(architecture(ELFCLASS32, EM_386), "32-bit x86");
  EXPECT_EQ(architecture(ELFCLASS32, EM_X86_64), "32-bit x32");
  EXPECT_EQ(architecture(ELFCLASS32, EM_ARM), "32-bit ARM");
  EXPECT_EQ(architecture(ELFCLASS64, EM_AARCH64), "64-bit ARM");
  EXPECT_EQ(architecture(ELFCLASS64, EM_RISCV), "64-bit RISC-V");
  EXPECT_EQ(architecture(ELFCLASS64, 77), "64-bit ELF machine 77");
  EXPECT_EQ(read(with_byte(program, EI_DATA, ELFDATA2MSB)).architecture, "big-endian");
}

TEST(ElfFile, WhatIsNoProgramIsTold) {
  const auto program = ElfBuilder().loader(kLoader).build();
  EXPECT_EQ(read({}).form, Form::kNotElf);
  EXPECT_EQ(read(with_byte(program, 0, 'x')).form, Form::kNotElf);
  EXPECT_EQ(read(with_byte(program, 16, ET_REL)).form, Form::kNotAProgram);
  EXPECT_EQ(read(with_byte(program, 16, ET_CORE)).form, Form::kNotAProgram);
}

TEST(ElfFile, TablesOutsideTheFileAreDamage) {
  const auto program = ElfBuilder().loader(kLoader).build();
  const std::size_t dynamic_header = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  const std::size_t interp_header = dynamic_header + sizeof(Elf64_Phdr);
  for (const std::uint64_t far : {std::uint64_t{program.size()}, ~std::uint64_t{0}, ~std::uint64_t{7} << 3}) {
    EXPECT_EQ(read(with_word(program, offsetof(Elf64_Ehdr, e_phoff), far)).form, Form::kDamaged);
    EXPECT_EQ(read(with_word(program, dynamic_header + offsetof(Elf64_Phdr, p_offset), far)).form,
              Form::kDamaged);
    EXPECT_EQ(read(with_word(program, interp_header + offsetof(Elf64_Phdr, p_offset), far)).form,
              Form::kDamaged);
    EXPECT_EQ(read(with_word(program, interp_header + offsetof(Elf64_Phdr, p_filesz), far)).form,
              Form::kDamaged);
  }
  EXPECT_EQ(read(with_byte(program, offsetof(Elf64_Ehdr, e_phentsize), 1)).form, Form::kDamaged);
}

TEST(ElfFile, EveryShorterFileIsDamageOrStillWhole) {
  const auto program = ElfBuilder().loader(kLoader).name("libc.so.6").build();
  for (std::size_t size = SELFMAG; size < program.size(); ++size) {
    EXPECT_EQ(read({program.begin(), program.begin() + static_cast<std::ptrdiff_t>(size)}).form,
              Form::kDamaged)
        << size;
  }
}

// Run under a sanitizer this shows that no offset leads the reader outside the file.
TEST(ElfFile, NoChangeOfTwoBytesLeadsOutsideTheFile) {
  const auto program = ElfBuilder().loader(kLoader).name("libc.so.6").build();
  std::mt19937 random(7);
  int dynamic = 0;
  for (int i = 0; i < 50000; ++i) {
    const auto once = with_byte(program, random() % program.size(), random() % 256);
    dynamic +=
        read(with_byte(once, random() % program.size(), random() % 256)).form == Form::kDynamic ? 1 : 0;
  }
  EXPECT_GT(dynamic, 1000);
  EXPECT_LT(dynamic, 50000);
}

TEST(ElfFile, ReadsTheShellOfThisSystem) {
  const MappedFile shell("/bin/sh");
  ASSERT_TRUE(shell.readable());
  const ElfFacts facts = read_elf(shell.bytes());
  EXPECT_EQ(facts.form, Form::kDynamic);
  EXPECT_EQ(facts.loader, kLoader);
  EXPECT_EQ(facts.sanitizer, "");
}

}  // namespace
}  // namespace padlock::cli
