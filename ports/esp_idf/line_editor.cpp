#include "ports/esp_idf/line_editor.h"

namespace thimble::esp_idf {
namespace {

constexpr char kCtrlC = 0x03;
constexpr char kBackspace = 0x08;
constexpr char kCtrlU = 0x15;
constexpr char kEscapeKey = 0x1b;
constexpr char kDelete = 0x7f;  // what most terminals send for backspace

// UTF-8: bytes of a character behind its first, and how many there are in all.
bool is_continuation(char byte) { return (byte & 0xc0) == 0x80; }
size_t character_bytes(char first) {
  const auto byte = static_cast<uint8_t>(first);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

bool is_control(char byte) { return static_cast<uint8_t>(byte) < 0x20 || byte == kDelete; }

}  // namespace

LineEditor::Event LineEditor::take(char byte, std::string_view* echo) {
  *echo = {};
  const bool second_half = returned_ && byte == '\n';
  returned_ = false;
  if (second_half) return Event::kNone;
  if (ended_) used_ = 0;
  ended_ = false;
  if (in_escape_sequence(byte)) return Event::kNone;
  if (is_control(byte)) return take_control(byte, echo);
  *echo = add(byte);
  return Event::kNone;
}

LineEditor::Event LineEditor::take_control(char byte, std::string_view* echo) {
  switch (byte) {
    case '\r':
    case '\n':
      returned_ = byte == '\r';
      ended_ = true;
      *echo = "\n";
      return Event::kLine;
    case kCtrlC:
      used_ = 0;
      *echo = "^C\n";
      return Event::kInterrupt;
    case kCtrlU:
      used_ = 0;
      *echo = "^U\n";
      return Event::kNone;
    case kBackspace:
    case kDelete:
      *echo = erase_character();
      return Event::kNone;
    default:
      return Event::kNone;
  }
}

// ESC [ or ESC O, parameters, and a byte from '@' to '~' that ends them; or ESC and one other byte.
bool LineEditor::in_escape_sequence(char byte) {
  switch (state_) {
    case State::kText:
      if (byte != kEscapeKey) return false;
      state_ = State::kEscape;
      return true;
    case State::kEscape:
      state_ = byte == '[' || byte == 'O' ? State::kSequence : State::kText;
      return true;
    case State::kSequence:
      if (byte >= '@' && byte <= '~') state_ = State::kText;
      return true;
  }
  return false;
}

// Characters fit whole or not at all; one that does not rings the terminal's bell.
std::string_view LineEditor::add(char byte) {
  if (!is_continuation(byte)) refused_ = character_bytes(byte) > kMostBytes - used_;
  if (refused_ || used_ == kMostBytes) return is_continuation(byte) ? "" : "\a";
  text_[used_++] = byte;
  shown_ = byte;
  return {&shown_, 1};
}

std::string_view LineEditor::erase_character() {
  if (used_ == 0) return {};
  do {
    --used_;
  } while (used_ > 0 && is_continuation(text_[used_]));
  return "\b \b";
}

}  // namespace thimble::esp_idf
