// Arithmetic on small big integers, each result a block of its own that lives for one operation or two:
// Pollard's p-1 factoring (Proc. Cambridge Philos. Soc. 76, 1974) without any reuse of buffers.
#include <cstring>
#include <utility>

#include "kernels.h"

namespace bench {
namespace {

constexpr std::size_t kMaxLimbs = 8;

// An owned array of 32-bit limbs, lowest first: a length, then the limbs.
class Integer {
 public:
  explicit Integer(std::uint32_t value) : Integer(std::size_t{1}, nullptr) { number_->limbs[0] = value; }
  Integer(const Integer& other) : Integer(other.length(), other.number_->limbs) {}
  Integer(Integer&& other) noexcept : number_(std::exchange(other.number_, nullptr)) {}
  Integer& operator=(Integer other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Integer() { std::free(number_); }

  static Integer with_length(std::size_t length) {
    Integer made(length, nullptr);
    std::memset(made.number_->limbs, 0, length * sizeof(std::uint32_t));
    return made;
  }

  [[nodiscard]] std::size_t length() const { return number_->length; }
  [[nodiscard]] std::uint32_t limb(std::size_t at) const { return at < length() ? number_->limbs[at] : 0; }
  void set_limb(std::size_t at, std::uint64_t value) {
    number_->limbs[at] = static_cast<std::uint32_t>(value);
  }
  void trim() {
    while (number_->length > 1 && number_->limbs[number_->length - 1] == 0) --number_->length;
  }

 private:
  struct Number {
    std::size_t length;
    std::uint32_t limbs[];
  };

  Integer(std::size_t length, const std::uint32_t* limbs)
      : number_(static_cast<Number*>(checked(std::malloc(sizeof(Number) + length * sizeof(std::uint32_t))))) {
    number_->length = length;
    if (limbs != nullptr) std::memcpy(number_->limbs, limbs, length * sizeof(std::uint32_t));
  }

  Number* number_;
};

Integer multiply(const Integer& a, const Integer& b) {
  Integer product = Integer::with_length(a.length() + b.length());
  for (std::size_t i = 0; i < a.length(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.length(); ++j) {
      carry += product.limb(i + j) + std::uint64_t{a.limb(i)} * b.limb(j);
      product.set_limb(i + j, carry);
      carry >>= 32;
    }
    product.set_limb(i + b.length(), carry);
  }
  product.trim();
  return product;
}

bool less(const Integer& a, const Integer& b) {
  for (std::size_t at = kMaxLimbs; at-- > 0;)
    if (a.limb(at) != b.limb(at)) return a.limb(at) < b.limb(at);
  return false;
}

Integer subtract(const Integer& a, const Integer& b) {
  Integer difference = Integer::with_length(a.length());
  std::uint64_t borrow = 0;
  for (std::size_t at = 0; at < a.length(); ++at) {
    const std::uint64_t limb = std::uint64_t{a.limb(at)} - b.limb(at) - borrow;
    difference.set_limb(at, limb);
    borrow = limb >> 63;
  }
  difference.trim();
  return difference;
}

Integer shifted_up(const Integer& value, std::size_t limbs) {
  Integer moved = Integer::with_length(value.length() + limbs);
  for (std::size_t at = 0; at < value.length(); ++at) moved.set_limb(at + limbs, value.limb(at));
  return moved;
}

Integer remainder(Integer value, const Integer& modulus) {
  // Limb by limb from above: a multiple of the shifted modulus, estimated too low by the top limbs, is taken
  // off.
  for (std::size_t shift = value.length(); shift-- > 0;) {
    const Integer shifted = shifted_up(modulus, shift);
    while (!less(value, shifted)) {
      const std::size_t top = shifted.length() - 1;
      const std::uint64_t high = (std::uint64_t{value.limb(top + 1)} << 32) | value.limb(top);
      const std::uint64_t factor = high / (std::uint64_t{shifted.limb(top)} + 1);
      const Integer part = multiply(shifted, Integer(factor == 0 ? 1 : static_cast<std::uint32_t>(factor)));
      value = subtract(value, part);
    }
  }
  return value;
}

Integer power(Integer base, std::uint32_t exponent, const Integer& modulus) {
  Integer result(1);
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = remainder(multiply(result, base), modulus);
    base = remainder(multiply(base, base), modulus);
  }
  return result;
}

}  // namespace

std::uint64_t bignum(const Parameters& parameters) {
  Integer modulus = Integer::with_length(3);
  for (std::size_t at = 0; at < 3; ++at) modulus.set_limb(at, 0xfffffffbU - 0x01234567U * at);
  Integer base(3);
  const auto bound = static_cast<std::uint32_t>(parameters.times(120'000));
  for (std::uint32_t exponent = 2; exponent < bound; ++exponent) base = power(base, exponent, modulus);
  return (std::uint64_t{base.limb(1)} << 32) + base.limb(0) + base.limb(2);
}

}  // namespace bench
