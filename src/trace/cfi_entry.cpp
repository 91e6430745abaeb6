// Parsing of CIE and FDE headers.
#include "trace/cfi_entry.h"

#include "trace/byte_reader.h"

namespace padlock::trace {
namespace {

// Skips a pointer that is encoded as DW_EH_PE_* says. The low four bits give its form.
bool skip_pointer(ByteReader& reader, std::uint8_t encoding) noexcept {
  constexpr std::uint8_t kOmitted = 0xff;
  constexpr std::uint8_t kAligned = 0x50;
  if (encoding == kOmitted) return true;
  if (encoding == kAligned) return false;
  switch (encoding & 0x0f) {
    case 0x00:  // absptr
    case 0x04:  // udata8
    case 0x0c:  // sdata8
      reader.take(8);
      break;
    case 0x01:  // uleb128
    case 0x09:  // sleb128
      reader.uleb();
      break;
    case 0x02:  // udata2
    case 0x0a:  // sdata2
      reader.take(2);
      break;
    case 0x03:  // udata4
    case 0x0b:  // sdata4
      reader.take(4);
      break;
    default:
      return false;
  }
  return reader.ok();
}

// The data that the letters of the augmentation string after its 'z' speak of.
bool parse_augmentation(ByteReader letters, ByteReader data, CieContent& content) noexcept {
  while (!letters.at_end()) {
    switch (letters.fixed<std::uint8_t>()) {
      case 'R':
        content.pointer_encoding = data.fixed<std::uint8_t>();
        break;
      case 'P':
        if (!skip_pointer(data, data.fixed<std::uint8_t>())) return false;
        break;
      case 'L':
        data.fixed<std::uint8_t>();
        break;
      case 'S':
        content.signal_frame = true;
        break;
      default:
        return false;
    }
  }
  return data.ok();
}

std::span<const std::uint8_t> take_string(ByteReader& reader) noexcept {
  const std::span<const std::uint8_t> rest = reader.rest();
  std::size_t length = 0;
  while (length < rest.size() && rest[length] != 0) ++length;
  reader.take(length + 1);
  return rest.first(length);
}

}  // namespace

std::optional<CieContent> parse_cie(std::span<const std::uint8_t> bytes) noexcept {
  CieContent content;
  ByteReader reader(bytes);
  const auto identifier = reader.fixed<std::uint32_t>();
  const auto version = reader.fixed<std::uint8_t>();
  if (!reader.ok() || identifier != 0 || (version != 1 && version != 3)) return std::nullopt;
  const std::span<const std::uint8_t> augmentation = take_string(reader);
  content.code_alignment = reader.uleb();
  content.data_alignment = reader.sleb();
  content.return_column = version == 1 ? reader.fixed<std::uint8_t>() : reader.uleb();
  if (!augmentation.empty()) {
    if (augmentation[0] != 'z') return std::nullopt;
    content.has_augmentation = true;
    const ByteReader data(reader.take(reader.uleb()));
    if (!reader.ok() || !parse_augmentation(ByteReader(augmentation.subspan(1)), data, content))
      return std::nullopt;
  }
  content.program = reader.rest();
  return reader.ok() ? std::optional(content) : std::nullopt;
}

std::optional<std::span<const std::uint8_t>> parse_fde(std::span<const std::uint8_t> bytes,
                                                       const CieContent& cie) noexcept {
  ByteReader reader(bytes);
  reader.fixed<std::uint32_t>();  // where its CIE is
  const auto length_encoding = static_cast<std::uint8_t>(cie.pointer_encoding & 0x0f);
  if (!skip_pointer(reader, cie.pointer_encoding) || !skip_pointer(reader, length_encoding))
    return std::nullopt;
  if (cie.has_augmentation) reader.take(reader.uleb());
  const std::span<const std::uint8_t> program = reader.rest();
  return reader.ok() ? std::optional(program) : std::nullopt;
}

}  // namespace padlock::trace
