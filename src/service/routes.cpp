#include "service/routes.h"

namespace thimble::service {
namespace {

constexpr std::string_view kModelPrefix = "/v1/models/";

constexpr Route kRoutes[] = {
    {"/health", RouteKind::kHealth, true, false, true},
    {"/metrics", RouteKind::kMetrics, true, false, false},
    {"/v1/models", RouteKind::kModels, true, false, false},
    {kModelPrefix, RouteKind::kModel, true, false, false},
    {"/v1/completions", RouteKind::kCompletion, false, true, false},
    {"/v1/chat/completions", RouteKind::kChat, false, true, false},
    {"/api/info", RouteKind::kInfo, true, false, false},
    {"/api/settings", RouteKind::kSettings, true, true, false},
    {"/ws", RouteKind::kSocket, true, false, true},  // its messages bring the key
};

bool matches(const Route& route, std::string_view path) {
  const bool prefix = route.path[route.path.size() - 1] == '/';
  if (!prefix) return path == route.path;
  return path.size() > route.path.size() && std::string_view(path.data(), route.path.size()) == route.path;
}

}  // namespace

RouteMatch find_route(std::string_view path, HttpMethod method) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    if (!matches(route, path)) continue;
    match.path_exists = true;
    match.allowed = !route.posts ? "GET, HEAD, OPTIONS" : !route.gets ? "POST, OPTIONS" : "GET, HEAD, POST, OPTIONS";
    const bool reads = method == HttpMethod::kGet || method == HttpMethod::kHead;
    if ((reads && route.gets) || (method == HttpMethod::kPost && route.posts)) match.route = &route;
  }
  return match;
}

std::string_view model_in_path(std::string_view path) {
  return {path.data() + kModelPrefix.size(), path.size() - kModelPrefix.size()};
}

bool contains(std::string_view value, std::string_view word) {
  for (size_t at = 0; at + word.size() <= value.size(); ++at) {
    if (std::string_view(value.data() + at, word.size()) == word) return true;
  }
  return false;
}

}  // namespace thimble::service
