// The password of a board: kept as a salted hash in its settings, compared in constant time, and slow to guess.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ports/settings.h"
#include "thimble/status.h"

namespace thimble::access {

// One task at a time may call it.
class Password {
 public:
  static constexpr size_t kLeastBytes = 8;
  static constexpr size_t kMostBytes = 64;

  // Rounds of PBKDF2 for a password that is set now; the number is stored beside the hash, so another one may come
  // later. One takes two blocks of SHA-256.
  static constexpr uint32_t kRounds = 10'000;

  // After a wrong password so long nothing is compared, whoever asks: a guess a second, and a chip that can still tell.
  static constexpr uint64_t kPauseMicroseconds = 1'000'000;

  // Reads what is stored. Errors: those of port::load_setting() but for kNotReady, which means that none is set.
  // Damaged, it counts as one that nothing opens, until it is set anew or cleared.
  Status load();

  bool is_set() const { return state_ != State::kNone; }

  // Errors: kInvalidArgument (subject "length of the password"), those of port::derive_key() and port::store_setting();
  // then the old one stays.
  Status set(std::string_view password);
  Status clear();

  enum class Verdict : uint8_t {
    kAdmitted,  // it is right, or none is set
    kWrong,
    kPaused,  // not looked at: a wrong one came within the last second
  };

  // The first right one takes kRounds; it is then remembered by a hash that is quick, under a salt of this start.
  Verdict check(std::string_view given, uint64_t now_us);

 private:
  using Hash = std::array<std::byte, port::kDerivedBytes>;
  static constexpr size_t kSaltBytes = 16;
  enum class State : uint8_t { kNone, kSet, kDamaged };

  bool is_remembered(std::string_view given) const;
  void remember(std::string_view password);

  State state_ = State::kNone;
  std::array<std::byte, kSaltBytes> salt_{};
  uint32_t rounds_ = 0;
  Hash hash_{};

  bool remembers_ = false;
  std::array<std::byte, kSaltBytes> quick_salt_{};
  Hash quick_hash_{};

  uint64_t paused_until_us_ = 0;
};

}  // namespace thimble::access
