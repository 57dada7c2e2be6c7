#include "ports/esp_idf/socket_head.h"

#include <strings.h>

namespace thimble::esp_idf {
namespace {

// The value of a header line, where it is the one of that name.
bool is_header(std::string_view line, std::string_view name, std::string_view* value) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      strncasecmp(line.data(), name.data(), name.size()) != 0) {
    return false;
  }
  const size_t begin = line.find_first_not_of(" \t", name.size() + 1);
  *value = begin < line.size() ? line.substr(begin, line.find_last_not_of(" \t") + 1 - begin) : std::string_view();
  return true;
}

}  // namespace

void SocketHead::see(std::string_view bytes) {
  for (const char c : bytes) {
    if (is_whole_) return;
    if (c == '\n') {
      end_line();
    } else if (c != '\r') {
      line_.add(c);
    }
  }
}

void SocketHead::end_line() {
  constexpr std::string_view kGet = "GET ";
  const std::string_view line = line_.view();
  std::string_view value;
  if (line.empty()) {
    is_whole_ = !is_first_;
  } else if (is_first_) {
    is_first_ = false;
    if (line.starts_with(kGet))
      path_.set(line.substr(kGet.size(), line.find_first_of(" ?#", kGet.size()) - kGet.size()));
  } else if (is_header(line, "Host", &value)) {
    host_.set(value);
  } else if (is_header(line, "Origin", &value)) {
    origin_.set(value);
  } else if (is_header(line, "Upgrade", &value)) {
    is_upgrade_ = true;
  }
  line_.clear();
}

}  // namespace thimble::esp_idf
