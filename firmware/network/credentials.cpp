#include "firmware/network/credentials.h"

#include <algorithm>

namespace thimble::network {
namespace {

constexpr size_t kLeastPasswordBytes = 8;

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

bool is_password(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() == port::kMostPasswordBytes) return std::all_of(text.begin(), text.end(), is_hex_digit);
  return text.size() >= kLeastPasswordBytes && text.size() < port::kMostPasswordBytes;
}

bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

bool are_possible(std::string_view ssid, std::string_view password) {
  return !ssid.empty() && ssid.size() <= port::kMostSsidBytes && is_password(password) && !has_zero(ssid) &&
         !has_zero(password);
}

Credentials make_credentials(std::string_view ssid, std::string_view password) {
  Credentials made;
  ssid.copy(made.ssid, port::kMostSsidBytes);
  password.copy(made.password, port::kMostPasswordBytes);
  return made;
}

}  // namespace thimble::network
