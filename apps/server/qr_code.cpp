#include "apps/server/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace thimble::server {
namespace {

constexpr int kMargin = 2;  // modules; scanners want some

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// A character shows two modules, one above the other; a light one is foreground.
const char* half_blocks(bool light_above, bool light_below) {
  if (light_above && light_below) return "\u2588";
  if (light_above) return "\u2580";
  return light_below ? "\u2584" : " ";
}

}  // namespace

std::string qr_code(const std::string& text) {
  const std::unique_ptr<QRcode, Free> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L));
  if (code == nullptr) return {};
  const auto is_light = [&](int row, int column) {
    const bool inside = row >= 0 && row < code->width && column >= 0 && column < code->width;
    return !inside || (code->data[row * code->width + column] & 1) == 0;
  };
  std::string lines;
  for (int row = -kMargin; row < code->width + kMargin; row += 2) {
    lines += "\x1b[97;40m";  // white on black
    for (int column = -kMargin; column < code->width + kMargin; ++column) {
      lines += half_blocks(is_light(row, column), is_light(row + 1, column));
    }
    lines += "\x1b[0m\n";
  }
  return lines;
}

}  // namespace thimble::server
