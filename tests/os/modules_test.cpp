// This very process's mappings, and build ids of this program and of things that are no program.
#include "os/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "os/mapped_range.h"
#include "os/memory.h"
#include "os/process.h"

namespace padlock::os {
namespace {

int g_global = 1;

template <typename T>
std::uintptr_t address_of(T* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

TEST(FindMapping, CodeIsInTheExecutable) {
  char executable[256];
  executable_path(executable, sizeof executable);
  const auto mapping = find_mapping(address_of(&address_of<int>));
  ASSERT_TRUE(mapping);
  EXPECT_STREQ(mapping->path, executable);
  EXPECT_TRUE(mapping->readable);
  EXPECT_TRUE(mapping->executable);
  EXPECT_FALSE(mapping->writable);
  Dl_info info{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&address_of<int>), &info), 0);
  EXPECT_EQ(mapping->load_base, address_of(info.dli_fbase));
}

TEST(FindMapping, DataIsWritableAndOfTheSameModule) {
  const auto data = find_mapping(address_of(&g_global));
  const auto code = find_mapping(address_of(&address_of<int>));
  ASSERT_TRUE(data && code);
  EXPECT_TRUE(data->writable);
  EXPECT_EQ(data->load_base, code->load_base);
}

TEST(FindMapping, LocalsAreOnTheStack) {
  const int local = 0;
  const auto mapping = find_mapping(address_of(&local));
  ASSERT_TRUE(mapping);
  EXPECT_TRUE(mapping->stack);
}

TEST(FindMapping, BoundsAreExact) {
  auto* pages = static_cast<char*>(map(3 * page_size(), Protection::kNone));
  ASSERT_TRUE(protect(pages + page_size(), page_size(), Protection::kReadWrite));
  const std::uintptr_t middle = address_of(pages) + page_size();
  for (const std::uintptr_t inside : {middle, middle + page_size() - 1}) {
    const auto mapping = find_mapping(inside);
    ASSERT_TRUE(mapping);
    EXPECT_EQ(mapping->begin, middle);
    EXPECT_EQ(mapping->end, middle + page_size());
    EXPECT_STREQ(mapping->path, "");
    const AddressRange range = mapped_range(inside);
    EXPECT_EQ(range.begin, middle);
    EXPECT_EQ(range.end, middle + page_size());
  }
  const auto closed = find_mapping(middle + page_size());
  ASSERT_TRUE(closed);
  EXPECT_FALSE(closed->readable);
  unmap(pages, 3 * page_size());
}

TEST(FindMapping, UnmappedAddressesAreInNone) {
  EXPECT_FALSE(find_mapping(0));
  EXPECT_EQ(mapped_range(0).end, 0U);
  EXPECT_FALSE(find_mapping(~std::uintptr_t{0}));
}

TEST(BuildId, OfThisProgramIsAsLinked) {
  const auto mapping = find_mapping(address_of(&g_global));
  ASSERT_TRUE(mapping);
  char hex[41];
  build_id(mapping->load_base, hex);
  EXPECT_STREQ(hex, "00112233445566778899aabbccddeeff01234567");
}

// A page that looks like an ELF image as far as it goes, with nothing readable behind it.
class FakeImage : public testing::Test {
 protected:
  void SetUp() override {
    page_ = static_cast<std::byte*>(map(2 * page_size(), Protection::kReadWrite));
    ASSERT_TRUE(protect(page_ + page_size(), page_size(), Protection::kNone));
    std::memcpy(header_.e_ident, ELFMAG, SELFMAG);
    header_.e_ident[EI_CLASS] = ELFCLASS64;
    header_.e_phentsize = sizeof(Elf64_Phdr);
    header_.e_phnum = 2;
    header_.e_phoff = sizeof(Elf64_Ehdr);
    load_.p_type = PT_LOAD;
    notes_.p_type = PT_NOTE;
    notes_.p_vaddr = 512;
    notes_.p_memsz = sizeof(Elf64_Nhdr) + 4 + 3;
    note_ = {.n_namesz = 4, .n_descsz = 3, .n_type = NT_GNU_BUILD_ID};
  }
  void TearDown() override { unmap(page_, 2 * page_size()); }

  std::string id() {
    const Elf64_Phdr segments[] = {load_, notes_};
    std::memcpy(page_, &header_, sizeof header_);
    std::memcpy(page_ + sizeof header_, segments, sizeof segments);
    std::memcpy(page_ + 512, &note_, sizeof note_);
    std::memcpy(page_ + 512 + sizeof note_, "GNU\0\xca\xfe\x07", 7);
    char hex[41];
    build_id(address_of(page_), hex);
    return hex;
  }

  std::byte* page_ = nullptr;
  Elf64_Ehdr header_{};
  Elf64_Phdr load_{};
  Elf64_Phdr notes_{};
  Elf64_Nhdr note_{};
};

TEST_F(FakeImage, AWellFormedOneHasItsId) { EXPECT_EQ(id(), "cafe07"); }

TEST_F(FakeImage, NoElfMagicIsNoModule) {
  header_.e_ident[0] = 'x';
  EXPECT_EQ(id(), "");
}

TEST_F(FakeImage, HeadersBehindTheMappingAreNotRead) {
  header_.e_phoff = page_size() - 60;
  EXPECT_EQ(id(), "");
  header_.e_phoff = ~std::uint64_t{0} - 8;
  EXPECT_EQ(id(), "");
}

TEST_F(FakeImage, NotesBehindTheMappingAreNotRead) {
  notes_.p_vaddr = page_size();
  EXPECT_EQ(id(), "");
}

TEST_F(FakeImage, NotesThatOverrunTheirSegmentAreRefused) {
  note_.n_descsz = 4;
  EXPECT_EQ(id(), "");
  note_.n_descsz = 3;
  note_.n_namesz = 0xfffffff0;
  EXPECT_EQ(id(), "");
}

TEST_F(FakeImage, NotesOfOtherKindsAreSkipped) {
  note_.n_type = NT_GNU_ABI_TAG;
  EXPECT_EQ(id(), "");
}

TEST(BuildId, OfNothingIsEmpty) {
  char hex[41] = "x";
  build_id(0, hex);
  EXPECT_STREQ(hex, "");
  build_id(4096, hex);
  EXPECT_STREQ(hex, "");
}

}  // namespace
}  // namespace padlock::os
