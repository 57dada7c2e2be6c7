#include "firmware/network/settings_store.h"

#include <algorithm>
#include <array>
#include <span>

#include "ports/settings.h"

namespace thimble::network {
namespace {

constexpr const char* kName = "wifi";

// A version, the wish, and two texts with a byte of length each.
constexpr std::byte kVersion{1};
constexpr size_t kMostBytes = 2 + 1 + port::kMostSsidBytes + 1 + port::kMostPasswordBytes;
static_assert(kMostBytes <= port::kMostSettingBytes);

size_t put(std::span<std::byte> out, size_t at, std::string_view text) {
  out[at++] = static_cast<std::byte>(text.size());
  for (const char c : text) out[at++] = static_cast<std::byte>(c);
  return at;
}

// Takes a text off the front; false: it ends before.
bool take(std::span<const std::byte>* bytes, std::string_view* text) {
  if (bytes->empty() || bytes->size() - 1 < static_cast<size_t>(bytes->front())) return false;
  const auto size = static_cast<size_t>(bytes->front());
  *text = {reinterpret_cast<const char*>(bytes->data()) + 1, size};
  *bytes = bytes->subspan(1 + size);
  return true;
}

}  // namespace

Remembered SettingsStore::load() {
  std::array<std::byte, port::kMostSettingBytes> room;
  const Result<size_t> size = port::load_setting(kName, room);
  if (!size.ok() || *size < 2 || room[0] != kVersion) return {};
  std::span<const std::byte> rest = std::span(room).first(*size).subspan(2);
  std::string_view ssid, password;
  if (!take(&rest, &ssid) || !take(&rest, &password) || !rest.empty()) return {};
  Remembered what;
  what.off = room[1] != std::byte{0};
  if (are_possible(ssid, password)) what.credentials = make_credentials(ssid, password);
  return what;
}

bool SettingsStore::save(const Remembered& what) {
  std::array<std::byte, kMostBytes> bytes;
  bytes[0] = kVersion;
  bytes[1] = std::byte{what.off};
  const size_t at = put(bytes, 2, what.credentials.ssid);
  const size_t end = put(bytes, at, what.credentials.password);
  return port::store_setting(kName, std::span(bytes).first(end)).ok();
}

}  // namespace thimble::network
