// Heads of requests and answers.

#include <algorithm>
#include <cstring>

#include "ports/esp_idf/http_connection.h"

namespace thimble::esp_idf {
namespace {

HttpMethod method_of(int method) {
  switch (method) {
    case HTTP_GET:
      return HttpMethod::kGet;
    case HTTP_HEAD:
      return HttpMethod::kHead;
    case HTTP_POST:
      return HttpMethod::kPost;
    case HTTP_PUT:
      return HttpMethod::kPut;
    case HTTP_DELETE:
      return HttpMethod::kDelete;
    case HTTP_OPTIONS:
      return HttpMethod::kOptions;
    default:
      return HttpMethod::kOther;
  }
}

// One that is longer than `out` is cut: then it is no Host, Origin or key of ours.
std::string_view header(httpd_req_t* request, const char* name, std::span<char> out) {
  out[0] = '\0';
  (void)httpd_req_get_hdr_value_str(request, name, out.data(), out.size());
  return out.data();
}

struct Reason {
  uint16_t status;
  const char* text;
};
constexpr Reason kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

const char* reason_of(uint16_t status) {
  const auto* const found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                         [status](const Reason& reason) { return reason.status == status; });
  return found != std::end(kReasons) ? found->text : "Unknown";
}

// Text into memory of a fixed size; what does not fit makes it too long.
class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> out) : out_(out) {}

  HeadWriter& text(std::string_view text) {
    too_long_ = too_long_ || text.size() > out_.size() - size_;
    if (!too_long_) size_ += text.copy(out_.data() + size_, text.size());
    return *this;
  }
  HeadWriter& number(uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value > 0);
    return text({digits + at, sizeof digits - at});
  }
  void header(std::string_view name, std::string_view value) { text(name).text(": ").text(value).text("\r\n"); }
  void header(std::string_view name, uint64_t value) { text(name).text(": ").number(value).text("\r\n"); }

  size_t size() const { return too_long_ ? 0 : size_; }

 private:
  std::span<char> out_;
  size_t size_ = 0;
  bool too_long_ = false;
};

}  // namespace

HttpRequest read_head(httpd_req_t* request) {
  static char host[96];
  static char origin[128];
  static char authorization[160];
  static char accept_encoding[96];
  static char if_none_match[64];
  static char transfer_encoding[16];
  HttpRequest head;
  const std::string_view uri(request->uri);
  const std::string_view path = uri.substr(0, uri.find('#'));
  const size_t question = std::min(path.find('?'), path.size());
  head.method = method_of(request->method);
  head.path = path.substr(0, question);
  head.query = path.substr(std::min(question + 1, path.size()));
  head.host = header(request, "Host", host);
  head.origin = header(request, "Origin", origin);
  head.authorization = header(request, "Authorization", authorization);
  head.accept_encoding = header(request, "Accept-Encoding", accept_encoding);
  head.if_none_match = header(request, "If-None-Match", if_none_match);
  head.body_bytes = request->content_len;
  head.length_known = header(request, "Transfer-Encoding", transfer_encoding).empty();
  return head;
}

size_t write_head(const HttpResponse& response, bool closes, std::span<char> out) {
  HeadWriter head(out);
  head.text("HTTP/1.1 ").number(response.status).text(" ").text(reason_of(response.status)).text("\r\n");
  if (!response.content_type.empty()) head.header("Content-Type", response.content_type);
  if (response.length == HttpResponse::kStreamed) {
    head.header("Transfer-Encoding", "chunked");
  } else if (response.status != 204 && response.status != 304) {
    head.header("Content-Length", response.length);
  }
  if (response.retry_after != 0) head.header("Retry-After", response.retry_after);
  for (size_t i = 0; i < response.header_count; ++i) head.header(response.headers[i].name, response.headers[i].value);
  head.header("X-Content-Type-Options", "nosniff");
  if (closes) head.header("Connection", "close");
  head.text("\r\n");
  return head.size();
}

}  // namespace thimble::esp_idf
