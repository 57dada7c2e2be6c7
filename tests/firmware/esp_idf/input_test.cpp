// Lines that are typed, Ctrl-C, and the button.

#include "port_test.h"
#include "ports/board.h"
#include "ports/console_packets.h"
#include "ports/esp_idf/line_editor.h"
#include "ports/port.h"

namespace thimble {
namespace {

using esp_idf::LineEditor;

// The lines that keys make, each with "|" behind it; "^" for an interrupt; and what was shown, in `echo`.
std::string typed(std::string_view keys, std::string* echo = nullptr) {
  LineEditor editor;
  std::string lines;
  for (const char key : keys) {
    std::string_view shown;
    const LineEditor::Event event = editor.take(key, &shown);
    if (echo != nullptr) *echo += shown;
    if (event == LineEditor::Event::kLine) lines += std::string(editor.line()) + "|";
    if (event == LineEditor::Event::kInterrupt) lines += "^";
  }
  return lines;
}

TEST(LineEditor, Ends) {
  EXPECT_EQ(typed("a\rb\nc\r\nd\n\n"), "a|b|c|d||");
  EXPECT_EQ(typed("\r\n\r\n"), "||");
}

TEST(LineEditor, TakesBack) {
  std::string echo;
  EXPECT_EQ(typed("\x08Onec\x7f\x08"
                  "ce\r",
                  &echo),
            "Once|");
  EXPECT_EQ(echo, "Onec\b \b\b \bce\n");
  EXPECT_EQ(typed("z\xc3\xa9\x7f\xe2\x82\xac\xf0\x9f\x90\xbe\x7f\r"), "z\xe2\x82\xac|");
  EXPECT_EQ(typed("wrong\x15right\r"), "right|");
}

TEST(LineEditor, Interrupt) {
  std::string echo;
  EXPECT_EQ(typed("half\x03"
                  "b\r",
                  &echo),
            "^b|");
  EXPECT_EQ(echo, "half^C\nb\n");
}

TEST(LineEditor, SwallowsCursorKeysAndControls) {
  EXPECT_EQ(typed("a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1bxe\t\x01\r"), "abcde|");
}

TEST(LineEditor, CutsToWholeCharacters) {
  std::string echo;
  const std::string full(510, 'x');
  EXPECT_EQ(typed(full + "\xc3\xa9y!\r", &echo), full + "y|");
  EXPECT_EQ(echo, full + "\ay\a\n");
}

std::string next_line(uint32_t milliseconds) {
  std::string_view line;
  return port::read_line(milliseconds, &line) ? std::string(line) : "(none)";
}

PORT_TEST(EspIdfInput, LinesFromBothConsoles) {
  EXPECT_EQ(next_line(0), "(none)");
  fakes::type_on_uart("Once upon\r");
  EXPECT_EQ(next_line(5000), "Once upon");
  fakes::type_on_usb("/stats\n");
  EXPECT_EQ(next_line(5000), "/stats");
  EXPECT_EQ(next_line(10), "(none)");
}

PORT_TEST(EspIdfInput, LinesWaitWhileTheProgramComputes) {
  (void)next_line(0);
  fakes::type_on_uart("one\rtwo\rthree\rfour\r\x03");
  while (!port::take_interrupt()) ::usleep(1000);
  EXPECT_FALSE(port::take_interrupt());
  EXPECT_EQ(next_line(0), "one");
  EXPECT_EQ(next_line(0), "two");
  EXPECT_EQ(next_line(0), "three");
  EXPECT_EQ(next_line(0), "(none)");  // three wait at most
}

// Types on the UART, and an interrupt behind `keys`: when that came, they were taken.
void type_and_wait(const std::string& keys, const std::string& then = "") {
  fakes::type_on_uart(keys + "\x03" + then);
  while (!port::take_interrupt()) ::usleep(1000);
}

PORT_TEST(EspIdfInput, EchoesWhileTheProgramWaits) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(next_line(10), "(none)");
  type_and_wait("ab");
  std::printf("|");
  fakes::type_on_uart("one\r");
  EXPECT_EQ(next_line(5000), "one");
  type_and_wait("hidden");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "ab^C\n|one\n^C\n");
}

PORT_TEST(EspIdfInput, ShowsLaterWhatWasTypedWhileTheProgramComputed) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(next_line(0), "(none)");
  type_and_wait("zz");
  type_and_wait("one\rtwo\r", "hal");
  std::printf("story\n");
  EXPECT_EQ(next_line(0), "one");  // by a program that goes on to compute
  std::printf("> ");
  port::echo_line("one");
  std::printf("> ");
  EXPECT_EQ(next_line(5000), "two");
  std::printf("> ");
  EXPECT_EQ(next_line(10), "(none)");
  fakes::type_on_uart("f\r");
  EXPECT_EQ(next_line(5000), "half");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "^C\n^C\nstory\n> one\n> two\n> half\n");
}

PORT_TEST(EspIdfInput, ALongLineIsCut) {
  (void)next_line(0);
  fakes::type_on_usb(std::string(600, 'a') + "\r");
  EXPECT_EQ(next_line(5000), std::string(511, 'a'));
}

// Takes all from '<' to '>' out of what is typed, and holds back an 'x' until it knows what follows.
struct Filter final : port::ConsoleFilter {
  std::string packet;
  std::string text;
  bool in_packet = false;
  bool held = false;

  std::string_view take(char byte) override {
    text.clear();
    if (held) text = "x";
    held = !in_packet && byte == 'x';
    if (byte == '<') in_packet = true;
    if (in_packet) packet += byte;
    if (!in_packet && !held) text += byte;
    if (byte == '>') in_packet = false;
    return text;
  }
  std::string_view pause() override {
    text = held ? "x" : "";
    held = false;
    return text;
  }
};

PORT_TEST(EspIdfInput, AFilterSeesBytesBeforeTheLineEditor) {
  static Filter filter;
  port::set_console_filter(&filter);
  (void)next_line(0);
  fakes::type_on_uart("Once<\x01\r\n> upon\r");
  EXPECT_EQ(next_line(5000), "Once upon");
  EXPECT_EQ(filter.packet, "<\x01\r\n>");
  fakes::type_on_uart("axb\r");
  EXPECT_EQ(next_line(5000), "axb");
}

PORT_TEST(EspIdfInput, WhatAFilterHoldsBackIsTextAfterAPause) {
  static Filter filter;
  port::set_console_filter(&filter);
  testing::internal::CaptureStdout();
  fakes::type_on_uart("x");
  EXPECT_EQ(next_line(300), "(none)");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "x");
}

PORT_TEST(EspIdfInput, PacketsGoOutAsTheyAreBehindTheText) {
  (void)next_line(0);
  testing::internal::CaptureStdout();
  port::write_text("> ");
  const uint8_t packet[] = {'\n', 1, '\n', 0};
  port::write_console_packet(packet);
  EXPECT_EQ(fakes::written_on_uart(), std::string("\n\x01\n\0", 4));
  EXPECT_EQ(fakes::written_on_usb(), std::string("\n\x01\n\0", 4));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "> ");
}

PORT_TEST(EspIdfButton, PressesCountOnceAndBouncesDoNot) {
  EXPECT_FALSE(port::take_button());
  fakes::press_button();
  fakes::press_button();
  EXPECT_TRUE(port::take_button());
  EXPECT_FALSE(port::take_button());
  fakes::press_button();  // it comes up, and bounces
  EXPECT_FALSE(port::take_button());
  fakes::advance(300'000);
  fakes::press_button();
  EXPECT_TRUE(port::take_button());
}

PORT_TEST(EspIdfInput, AButtonThatIsHeldIsDown) {
  EXPECT_FALSE(port::button_is_down());
  fakes::hold_button(true);
  EXPECT_TRUE(port::button_is_down());
  fakes::hold_button(false);
  EXPECT_FALSE(port::button_is_down());
}

}  // namespace
}  // namespace thimble
