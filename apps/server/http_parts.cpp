#include "apps/server/http_parts.h"

namespace thimble::server {

std::string header(lws* wsi, lws_token_indexes token) {
  const int length = lws_hdr_total_length(wsi, token);
  if (length <= 0) return {};
  std::string value(static_cast<size_t>(length) + 1, '\0');
  const int copied = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
  value.resize(copied > 0 ? static_cast<size_t>(copied) : 0);
  return value;
}

std::string peer_of(lws* wsi) {
  constexpr std::string_view kMapped = "::ffff:";
  std::array<char, 64> name = {};
  const char* const found = lws_get_peer_simple(wsi, name.data(), name.size());
  const std::string_view peer = found == nullptr ? "?" : found;
  return std::string(peer.starts_with(kMapped) ? peer.substr(kMapped.size()) : peer);
}

RequestLine::RequestLine(lws* wsi) {
  struct Known {
    int index;
    HttpMethod method;
    const char* name;
  };
  static constexpr std::array<Known, 7> kKnown = {{{LWSHUMETH_GET, HttpMethod::kGet, "GET"},
                                                   {LWSHUMETH_HEAD, HttpMethod::kHead, "HEAD"},
                                                   {LWSHUMETH_POST, HttpMethod::kPost, "POST"},
                                                   {LWSHUMETH_OPTIONS, HttpMethod::kOptions, "OPTIONS"},
                                                   {LWSHUMETH_PUT, HttpMethod::kPut, "PUT"},
                                                   {LWSHUMETH_PATCH, HttpMethod::kOther, "PATCH"},
                                                   {LWSHUMETH_DELETE, HttpMethod::kDelete, "DELETE"}}};
  char* at = nullptr;
  int length = 0;
  const int index = lws_http_get_uri_and_method(wsi, &at, &length);
  if (at != nullptr) path.assign(at, static_cast<size_t>(length));
  for (const Known& known : kKnown) {
    if (known.index != index) continue;
    method = known.method;
    name = known.name;
  }
}

Headers::Headers(lws* wsi)
    : host(header(wsi, WSI_TOKEN_HOST)),
      origin(header(wsi, WSI_TOKEN_ORIGIN)),
      authorization(header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION)),
      accept_encoding(header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING)),
      if_none_match(header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH)) {}

HttpRequest Headers::head(const RequestLine& line) const {
  HttpRequest head;
  head.method = line.method;
  head.path = line.path;
  head.host = host;
  head.origin = origin;
  head.authorization = authorization;
  head.accept_encoding = accept_encoding;
  head.if_none_match = if_none_match;
  return head;
}

void HeadWriter::status(unsigned code) { ok_ = ok_ && lws_add_http_header_status(wsi_, code, &at_, end()) == 0; }

void HeadWriter::add(const char* name, std::string_view value) {
  const std::string token = std::string(name) + ":";
  ok_ = ok_ && lws_add_http_header_by_name(wsi_, reinterpret_cast<const unsigned char*>(token.c_str()),
                                           reinterpret_cast<const unsigned char*>(value.data()),
                                           static_cast<int>(value.size()), &at_, end()) == 0;
}

bool HeadWriter::send() {
  if (!ok_ || lws_finalize_http_header(wsi_, &at_, end()) != 0) return false;
  const auto size = static_cast<size_t>(at_ - begin());
  return lws_write(wsi_, begin(), size, LWS_WRITE_HTTP_HEADERS) >= 0;
}

}  // namespace thimble::server
