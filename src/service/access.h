// Who may ask: by the name that was asked for, the page that asks, and the key.
#pragma once

#include <span>
#include <string_view>

namespace thimble::service {

// Whether a Host header names this server: an address in numbers, localhost, or one of `names`. A page from elsewhere
// whose own name was made to point here (DNS rebinding) has that name in this header.
bool host_is_ours(std::string_view host, std::span<const std::string_view> names);

// Whether a page of `origin` may ask: one from this very server, by its Host, or of the origin that was allowed ("*":
// any). No origin: no page, or one that asks for nothing that changes anything.
bool origin_may_ask(std::string_view origin, std::string_view host, std::string_view allowed);

// Whether two keys are equal, in a time that depends on their lengths alone.
bool keys_equal(std::string_view given, std::string_view key);

// A key that is not kept as text: whether `given` is it. For programs that keep a hash.
struct KeyCheck {
  bool (*matches)(void* context, std::string_view given) = nullptr;  // null: there is no such key
  void* context = nullptr;
};

// What follows "Bearer " in a header Authorization; empty when it is of another kind.
std::string_view bearer_token(std::string_view authorization);

}  // namespace thimble::service
