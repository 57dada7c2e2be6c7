#include "firmware/network/improv_reader.h"

#include <algorithm>

namespace thimble::network {

uint8_t improv_sum(std::span<const uint8_t> bytes) {
  uint8_t sum = 0;
  for (const uint8_t byte : bytes) sum = static_cast<uint8_t>(sum + byte);
  return sum;
}

ImprovReader::Found ImprovReader::take(char byte, std::string_view* text) {
  *text = {};
  pauses_ = 0;
  const bool newline_of_packet = ended_ && byte == '\n';
  ended_ = false;
  if (newline_of_packet) return Found::kNothing;
  if (used_ >= kImprovHead.size()) return take_of_packet(byte);
  if (byte == kImprovHead[used_]) {
    bytes_[used_++] = static_cast<uint8_t>(byte);
  } else {
    *text = give_text(byte);
  }
  return Found::kNothing;
}

// The beginning that was none, and the byte that showed it; unless that is a beginning itself.
std::string_view ImprovReader::give_text(char byte) {
  size_t count = kImprovHead.copy(text_, used_);
  used_ = 0;
  if (byte == kImprovHead[0]) {
    bytes_[used_++] = static_cast<uint8_t>(byte);
  } else {
    text_[count++] = byte;
  }
  return {text_, count};
}

ImprovReader::Found ImprovReader::take_of_packet(char byte) {
  bytes_[used_++] = static_cast<uint8_t>(byte);
  if (used_ < kFront || used_ < kFront + data_bytes() + 1) return Found::kNothing;
  const std::span<const uint8_t> summed(bytes_, used_ - 1);
  used_ = 0;
  ended_ = true;
  return improv_sum(summed) == static_cast<uint8_t>(byte) ? Found::kPacket : Found::kDamaged;
}

std::string_view ImprovReader::pause() {
  ended_ = false;
  if (used_ >= kImprovHead.size()) {
    if (++pauses_ >= kMostPauses) used_ = 0;
    return {};
  }
  const size_t count = kImprovHead.copy(text_, used_);
  used_ = 0;
  return {text_, count};
}

}  // namespace thimble::network
