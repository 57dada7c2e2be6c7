// Who may change what the board holds: whoever has the password, or whoever sits at its serial console.
#pragma once

#include <cstdint>
#include <string_view>

#include "firmware/access/password.h"

namespace thimble::access {

// One task at a time may call it, as with Password.
class Permission {
 public:
  // How long /allow on the console opens the door.
  static constexpr uint64_t kAllowedMicroseconds = 300'000'000;

  explicit Permission(Password& password) : password_(password) {}

  // Somebody at the console said so.
  void allow(uint64_t now_us) { allowed_until_us_ = now_us + kAllowedMicroseconds; }
  void end_allowance() { allowed_until_us_ = 0; }
  bool is_allowed(uint64_t now_us) const { return now_us < allowed_until_us_; }

  enum class Verdict : uint8_t {
    kAdmitted,
    kNeedsConsole,  // no password is set, so /allow is the only way
    kWrong,         // a password is set, and this is none, or another one
    kPaused,        // as with Password
  };
  // Whether somebody with this password, empty: without, may upload a model or update the program. A right password
  // is enough, and so is the allowance.
  Verdict may_change(std::string_view given, uint64_t now_us);

 private:
  Password& password_;
  uint64_t allowed_until_us_ = 0;
};

}  // namespace thimble::access
