#include "firmware/access/password.h"

#include <algorithm>

namespace thimble::access {
namespace {

constexpr const char* kSetting = "password";

// The record: rounds u32, little-endian, salt, hash.
constexpr size_t kRoundsBytes = 4;

void store_u32(uint32_t value, std::span<std::byte> out) {
  for (size_t i = 0; i < kRoundsBytes; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
}

uint32_t load_u32(std::span<const std::byte> bytes) {
  uint32_t value = 0;
  for (size_t i = kRoundsBytes; i-- > 0;) value = value << 8 | std::to_integer<uint32_t>(bytes[i]);
  return value;
}

// In a time that depends on nothing.
template <size_t kBytes>
bool equal(const std::array<std::byte, kBytes>& a, const std::array<std::byte, kBytes>& b) {
  volatile uint32_t difference = 0;  // volatile: no compiler may leave the loop early
  for (size_t i = 0; i < kBytes; ++i) difference = difference | std::to_integer<uint32_t>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

Status Password::load() {
  std::array<std::byte, kRoundsBytes + kSaltBytes + port::kDerivedBytes> record;
  const Result<size_t> bytes = port::load_setting(kSetting, record);
  remembers_ = false;
  state_ = bytes.status().code() == Code::kNotReady ? State::kNone : State::kDamaged;
  if (state_ == State::kNone) return {};
  if (!bytes.ok()) return bytes.status();
  rounds_ = load_u32(record);
  if (*bytes != record.size() || rounds_ == 0) return Status::error(Code::kReadFailed, "settings");
  const auto salt = record.begin() + kRoundsBytes;
  std::copy_n(salt, kSaltBytes, salt_.begin());
  std::copy_n(salt + kSaltBytes, hash_.size(), hash_.begin());
  state_ = State::kSet;
  return {};
}

Status Password::set(std::string_view password) {
  if (password.size() < kLeastBytes || password.size() > kMostBytes) {
    return Status::error(Code::kInvalidArgument, "length of the password");
  }
  std::array<std::byte, kRoundsBytes + kSaltBytes + port::kDerivedBytes> record;
  const auto salt = std::span(record).subspan<kRoundsBytes, kSaltBytes>();
  store_u32(kRounds, record);
  port::draw_random(salt);
  THIMBLE_RETURN_IF_ERROR(port::derive_key(password, salt, kRounds, std::span(record).last<port::kDerivedBytes>()));
  THIMBLE_RETURN_IF_ERROR(port::store_setting(kSetting, record));
  return load();
}

Status Password::clear() {
  THIMBLE_RETURN_IF_ERROR(port::forget_setting(kSetting));
  return load();
}

Password::Verdict Password::check(std::string_view given, uint64_t now_us) {
  if (state_ == State::kNone) return Verdict::kAdmitted;
  if (given.empty()) return Verdict::kWrong;  // somebody who does not know that there is one: no guess
  if (now_us < paused_until_us_) return Verdict::kPaused;
  Hash hash;
  const bool right =
      state_ == State::kSet && given.size() <= kMostBytes &&
      (is_remembered(given) || (port::derive_key(given, salt_, rounds_, hash).ok() && equal(hash, hash_)));
  if (right) {
    remember(given);
    return Verdict::kAdmitted;
  }
  paused_until_us_ = now_us + kPauseMicroseconds;
  return Verdict::kWrong;
}

bool Password::is_remembered(std::string_view given) const {
  Hash hash;
  return remembers_ && port::derive_key(given, quick_salt_, 1, hash).ok() && equal(hash, quick_hash_);
}

void Password::remember(std::string_view password) {
  if (remembers_) return;
  port::draw_random(quick_salt_);
  remembers_ = port::derive_key(password, quick_salt_, 1, quick_hash_).ok();
}

}  // namespace thimble::access
