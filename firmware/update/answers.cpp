#include "firmware/update/answers.h"

#include <array>

#include "ports/port.h"
#include "service/access.h"

namespace thimble::update {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "%2Fsdcard" -> "/sdcard". Empty where it is no text, or does not fit.
std::string_view decode(std::string_view text, std::span<char> out) {
  size_t bytes = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (bytes == out.size() || c == '\0') return {};
    out[bytes++] = c;
  }
  return {out.data(), bytes};
}

}  // namespace

uint64_t now_us() {
  const uint64_t ticks = port::ticks();
  const uint64_t second = port::ticks_per_second();
  return ticks / second * 1'000'000 + ticks % second * 1'000'000 / second;
}

bool admit(web::Call& call, const HttpRequest& request, access::Permission& permission) {
  using Verdict = access::Permission::Verdict;
  switch (permission.may_change(service::bearer_token(request.authorization), now_us())) {
    case Verdict::kAdmitted:
      return true;
    case Verdict::kNeedsConsole:
      call.refuse(403, "type /allow on the board's serial console, or set a password there with /password");
      return false;
    case Verdict::kWrong:
      call.head().add("WWW-Authenticate", "Bearer");
      call.refuse(401, "this needs the board's password, or /allow on its serial console");
      return false;
    case Verdict::kPaused:
      break;
  }
  call.head().retry_after = 1;
  call.refuse(429, "a wrong password came a moment ago; try again in a second");
  return false;
}

uint16_t http_status(const Status& status) {
  switch (status.code()) {
    case Code::kNotReady:
      return 409;
    case Code::kOutOfMemory:
      return status.has_values() ? 413 : 503;  // too large for its place; or the board is short of memory now
    case Code::kCancelled:
      return 408;
    case Code::kUnsupported:
      return 501;
    case Code::kReadFailed:
      return 500;
    default:
      return 422;
  }
}

void refuse(web::Call& call, const Status& status) {
  std::array<char, 160> text;
  call.refuse(http_status(status), format_status(status, text));
}

std::string_view query_value(std::string_view query, std::string_view name, std::span<char> out) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return decode(pair.substr(equals + 1), out);
  }
  return {};
}

}  // namespace thimble::update
