// The head of a request, seen as its bytes pass: for builds of ESP-IDF whose server opens a WebSocket without asking
// (CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT is off, as in Arduino's). Who asks is known before the server answers then,
// too.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace thimble::esp_idf {

class SocketHead {
 public:
  // A request begins.
  void begin() { *this = {}; }
  // Its next bytes. What follows the head is passed over.
  void see(std::string_view bytes);

  // The head is whole, and asks for a WebSocket at `path`.
  bool asks_for(std::string_view path) const { return is_whole_ && is_upgrade_ && path_.view() == path; }
  // Empty: there was none. One that is cut is no name of ours.
  std::string_view host() const { return host_.view(); }
  std::string_view origin() const { return origin_.view(); }

 private:
  template <size_t kBytes>
  class Text {
   public:
    void set(std::string_view text) { bytes_ = text.copy(text_.data(), kBytes); }
    void add(char c) {
      if (bytes_ < kBytes) text_[bytes_++] = c;
    }
    void clear() { bytes_ = 0; }
    std::string_view view() const { return {text_.data(), bytes_}; }

   private:
    std::array<char, kBytes> text_{};
    size_t bytes_ = 0;
  };

  void end_line();

  Text<160> line_;
  Text<16> path_;  // of GET
  Text<96> host_;
  Text<128> origin_;
  bool is_first_ = true;
  bool is_upgrade_ = false;
  bool is_whole_ = false;
};

}  // namespace thimble::esp_idf
