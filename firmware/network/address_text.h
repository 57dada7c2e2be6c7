// An IPv4 address as text.
#pragma once

#include <cstddef>
#include <string_view>

#include "ports/wifi.h"

namespace thimble::network {

class AddressText {
 public:
  // "192.168.4.1", or a text in front of it.
  explicit AddressText(port::Ipv4 address, std::string_view before = {}) {
    bytes_ = before.copy(text_, kMostBefore);
    for (int shift = 24; shift >= 0; shift -= 8) {
      add_number(address >> shift & 255);
      if (shift > 0) text_[bytes_++] = '.';
    }
  }
  operator std::string_view() const { return {text_, bytes_}; }

 private:
  static constexpr size_t kMostBefore = 16;

  void add_number(unsigned number) {
    if (number >= 10) add_number(number / 10);
    text_[bytes_++] = static_cast<char>('0' + number % 10);
  }

  char text_[kMostBefore + sizeof "255.255.255.255"];
  size_t bytes_ = 0;
};

}  // namespace thimble::network
