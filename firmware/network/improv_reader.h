// Packets of Improv over serial (https://www.improv-wifi.com/serial) in a stream of typed text: "IMPROV", a version, a
// type, a length, data, and the sum of all that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::network {

// Parts of a packet.
inline constexpr std::string_view kImprovHead = "IMPROV\x01";  // with the version
inline constexpr size_t kMostImprovData = 255;

enum class ImprovType : uint8_t { kState = 1, kError = 2, kCommand = 3, kResult = 4 };

// The sum at the end of a packet, of all bytes before it.
uint8_t improv_sum(std::span<const uint8_t> bytes);

// Takes a stream apart, byte by byte. What begins like a packet is held back until it is one or not, so a packet never
// gets among the text, and of a text only the letters of "IMPROV", for a moment.
class ImprovReader {
 public:
  enum class Found : uint8_t {
    kNothing,
    kPacket,   // type() and data(), until the next byte
    kDamaged,  // a packet with a wrong sum
  };

  // Takes a byte. *text: what is text now, valid until the next call.
  Found take(char byte, std::string_view* text);

  // Nothing came for a moment. Gives what is text after all; a packet that does not go on for kMostPauses is dropped.
  std::string_view pause();

  ImprovType type() const { return static_cast<ImprovType>(bytes_[kImprovHead.size()]); }
  std::span<const uint8_t> data() const { return {bytes_ + kFront, data_bytes()}; }

  // A second, by the pauses of ports/console_packets.h.
  static constexpr uint32_t kMostPauses = 50;

 private:
  static constexpr size_t kFront = kImprovHead.size() + 2;  // with type and length

  size_t data_bytes() const { return bytes_[kFront - 1]; }
  std::string_view give_text(char byte);
  Found take_of_packet(char byte);

  uint8_t bytes_[kFront + kMostImprovData + 1] = {};
  size_t used_ = 0;
  uint32_t pauses_ = 0;
  bool ended_ = false;  // a packet just now, behind which a newline is none of the user's
  char text_[kImprovHead.size() + 1] = {};
};

}  // namespace thimble::network
