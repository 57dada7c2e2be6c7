// The paths of the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "service/terms.h"

namespace thimble::service {

enum class RouteKind : uint8_t {
  kHealth,
  kMetrics,
  kModels,
  kModel,
  kInfo,
  kSettings,
  kCompletion,
  kChat,
  kSocket,
};

struct Route {
  std::string_view path;  // one that ends with "/" stands for all that begin so
  RouteKind kind;
  bool gets;
  bool posts;
  bool public_to_all;  // needs no key
};

struct RouteMatch {
  const Route* route = nullptr;  // of the path and the method
  bool path_exists = false;      // with some method
  std::string_view allowed{};    // methods of the path, for a header Allow
};

RouteMatch find_route(std::string_view path, HttpMethod method);

// The rest of "/v1/models/NAME".
std::string_view model_in_path(std::string_view path);

// Whether a header's value contains a word.
bool contains(std::string_view value, std::string_view word);

// The page may load what this server gives, and nothing else.
inline constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'";

}  // namespace thimble::service
