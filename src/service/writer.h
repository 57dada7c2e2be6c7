// Text into memory of a fixed size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble::service {

// What does not fit is dropped whole, and ok() says so from then on.
class Writer {
 public:
  explicit Writer(std::span<char> out) : out_(out) {}

  Writer& text(std::string_view text);
  Writer& number(uint64_t value);
  // value / 10^places, without zeros at the end: decimal(1250, 3) is 1.25.
  Writer& decimal(uint64_t value, unsigned places);
  // With at most six places.
  Writer& real(float value);
  Writer& hex(uint64_t value);  // 16 digits
  // As a JSON string with its quotes; what is not UTF-8 becomes U+FFFD.
  Writer& quoted(std::string_view text);
  // Inside of the quotes of a JSON string: as much of `text` as leaves `reserve` bytes free, and splits no character.
  // Returns the bytes of `text` that were taken.
  size_t escaped(std::string_view text, size_t reserve);

  bool ok() const { return ok_; }
  size_t size() const { return size_; }
  std::string_view view() const { return {out_.data(), size_}; }

 private:
  std::span<char> out_;
  size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace thimble::service
