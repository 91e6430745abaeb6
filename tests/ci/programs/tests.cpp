// A user's tests: the second writes past a block, the third leaks, the others are sound.
#include <padlock/gtest.h>

#include <cstdlib>
#include <memory>

namespace {

char* volatile kept = nullptr;

TEST(Heap, IsSound) { std::free(std::malloc(10)); }

TEST(Heap, IsBroken) {
  kept = static_cast<char*>(std::malloc(24));
  kept[24] = static_cast<char>(kept[24] ^ 0x55);
}

TEST(Heap, Leaks) {
  kept = static_cast<char*>(std::malloc(100));
  kept = nullptr;
}

TEST(Heap, IsSoundAgain) { std::free(std::malloc(10)); }

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  padlock::watch_tests(argc > 1 ? padlock::TestLeaks::kFailing : padlock::TestLeaks::kIgnored);
  return RUN_ALL_TESTS();
}
