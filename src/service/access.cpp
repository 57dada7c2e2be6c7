#include "service/access.h"

#include <cstddef>
#include <cstdint>

namespace thimble::service {
namespace {

constexpr std::string_view kLocal = "localhost";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_names(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool all_of(std::string_view text, std::string_view allowed) {
  for (const char c : text) {
    bool found = false;
    for (const char a : allowed) found = found || a == lower(c);
    if (!found) return false;
  }
  return !text.empty();
}

// "name:80" -> "name", "[::1]:80" -> "[::1]"; empty when what follows is no port.
std::string_view without_port(std::string_view host) {
  size_t end = 0;
  const bool bracket = !host.empty() && host[0] == '[';
  while (end < host.size() && host[end] != (bracket ? ']' : ':')) ++end;
  if (bracket && end < host.size()) ++end;
  if (end == host.size()) return host;
  const std::string_view port(host.data() + end + 1, host.size() - end - 1);
  return host[end] == ':' && all_of(port, "0123456789") ? std::string_view(host.data(), end) : std::string_view();
}

// Nobody's name is written in these characters alone: the last label of a name is never a number.
bool is_address(std::string_view name) {
  const bool bracketed = name.size() > 2 && name[0] == '[' && name[name.size() - 1] == ']';
  if (bracketed) return all_of({name.data() + 1, name.size() - 2}, "0123456789abcdef:.");
  return all_of(name, "0123456789.");
}

}  // namespace

bool host_is_ours(std::string_view host, std::span<const std::string_view> names) {
  const std::string_view name = without_port(host);
  if (is_address(name) || equal_names(name, kLocal)) return true;
  for (const std::string_view ours : names) {
    if (!name.empty() && equal_names(name, ours)) return true;
  }
  return false;
}

bool origin_may_ask(std::string_view origin, std::string_view host, std::string_view allowed) {
  if (origin.empty() || (!allowed.empty() && (allowed == "*" || origin == allowed))) return true;
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (origin.size() <= scheme.size() || std::string_view(origin.data(), scheme.size()) != scheme) continue;
    return equal_names({origin.data() + scheme.size(), origin.size() - scheme.size()}, host);
  }
  return false;
}

bool keys_equal(std::string_view given, std::string_view key) {
  if (key.empty()) return given.empty();
  volatile uint32_t difference = given.size() == key.size() ? 0 : 1;  // volatile: no compiler may leave the loop early
  size_t at = 0;
  for (const char c : given) {
    difference = difference | static_cast<uint32_t>(static_cast<uint8_t>(c) ^ static_cast<uint8_t>(key[at]));
    at = at + 1 == key.size() ? 0 : at + 1;
  }
  return difference == 0;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kBearer = "bearer ";
  if (authorization.size() < kBearer.size()) return {};
  if (!equal_names({authorization.data(), kBearer.size()}, kBearer)) return {};
  return {authorization.data() + kBearer.size(), authorization.size() - kBearer.size()};
}

}  // namespace thimble::service
