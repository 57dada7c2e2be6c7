#include "firmware/access/permission.h"

namespace thimble::access {

Permission::Verdict Permission::may_change(std::string_view given, uint64_t now_us) {
  if (is_allowed(now_us)) return Verdict::kAdmitted;
  if (!password_.is_set()) return Verdict::kNeedsConsole;
  switch (password_.check(given, now_us)) {
    case Password::Verdict::kAdmitted:
      return Verdict::kAdmitted;
    case Password::Verdict::kWrong:
      break;
    case Password::Verdict::kPaused:
      return Verdict::kPaused;
  }
  return Verdict::kWrong;
}

}  // namespace thimble::access
