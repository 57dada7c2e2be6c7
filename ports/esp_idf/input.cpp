// Lines from the console: a task of its own reads and queues them, so that they arrive while the program computes, and
// Ctrl-C with them; it echoes while the program waits for a line. Its stack and the lines have places here; of the
// heap, which memory_pieces() may have given away, only the drivers' buffers are taken.

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/task.h"
#include "ports/board.h"
#include "ports/console_packets.h"
#include "ports/esp_idf/keys.h"
#include "ports/esp_idf/line_editor.h"
#include "ports/esp_idf/watchdog.h"

namespace thimble::port {
namespace {

constexpr UBaseType_t kMostLines = 3;  // that wait
constexpr uint32_t kStackBytes = 3072;
constexpr UBaseType_t kPriority = 2;  // above the program, which does not wait while it tells

struct TypedLine {
  uint16_t bytes;
  bool echoed;
  char text[esp_idf::LineEditor::kMostBytes];
};

StaticTask_t reader_task;
StackType_t reader_stack[kStackBytes];
StaticQueue_t queue_state;
uint8_t queue_places[kMostLines * sizeof(TypedLine)];
QueueHandle_t lines = nullptr;
std::atomic<bool> waiting = false;  // the program, for a line that has not come
std::atomic<bool> interrupted = false;
ConsoleFilter* filter = nullptr;  // null: all that comes is typed

void show(std::string_view echo) {
  if (echo.empty()) return;
  std::fwrite(echo.data(), 1, echo.size(), stdout);
  std::fflush(stdout);
}

// To the program, which does not wait any more.
void queue_line(std::string_view text, bool echoed) {
  static TypedLine line;
  line.bytes = static_cast<uint16_t>(text.copy(line.text, sizeof line.text));
  line.echoed = echoed;
  waiting.store(false);
  if (xQueueSend(lines, &line, 0) != pdTRUE) show("\a");
}

// What is typed, and how much of it is on the screen.
class Typing {
 public:
  void take(std::string_view bytes) {
    for (const char byte : bytes) take(byte);
  }

  void take(char byte) {
    std::string_view echo;
    const auto event = editor_.take(byte, &echo);
    if (waiting.load() || event == esp_idf::LineEditor::Event::kInterrupt) {
      show(echo);
    } else {
      echoed_ = false;
    }
    if (event == esp_idf::LineEditor::Event::kNone) return;
    if (event == esp_idf::LineEditor::Event::kInterrupt) interrupted.store(true);
    if (event == esp_idf::LineEditor::Event::kLine) queue_line(editor_.line(), echoed_);
    echoed_ = true;  // of the next line, as yet
  }

  // The beginning of a line that was typed while the program was busy.
  void show_what_is_hidden() {
    if (echoed_ || !waiting.load()) return;
    show(editor_.pending());
    echoed_ = true;
  }

 private:
  esp_idf::LineEditor editor_;
  bool echoed_ = true;
};

void take_typed(std::string_view bytes, Typing* typing) {
  if (filter == nullptr) return typing->take(bytes);
  if (bytes.empty()) typing->take(filter->pause());
  for (const char byte : bytes) typing->take(filter->take(byte));
}

[[noreturn]] void read_lines(void*) {
  static Typing typing;
  for (;;) {
    char typed[64];
    const size_t count = esp_idf::read_keys(typed);
    typing.show_what_is_hidden();
    take_typed({typed, count}, &typing);
  }
}

// At the first question: a program that never asks has neither task nor drivers.
void start_reading() {
  if (lines != nullptr) return;
  lines = xQueueCreateStatic(kMostLines, sizeof(TypedLine), queue_places, &queue_state);
  esp_idf::open_keys();
  xTaskCreateStaticPinnedToCore(read_lines, "thimble_input", kStackBytes, nullptr, kPriority, reader_stack,
                                &reader_task, tskNO_AFFINITY);
}

}  // namespace

bool read_line(uint32_t milliseconds, std::string_view* line) {
  constexpr uint32_t kSliceMs = 500;  // between signs of life for the watchdog
  static TypedLine typed;
  const bool waits = milliseconds > 0;
  start_reading();
  std::fflush(stdout);
  bool received = xQueueReceive(lines, &typed, 0) == pdTRUE;
  waiting.store(waits && !received);
  while (!received && milliseconds > 0) {
    const uint32_t slice = std::min(milliseconds, kSliceMs);
    received = xQueueReceive(lines, &typed, pdMS_TO_TICKS(slice)) == pdTRUE;
    milliseconds -= slice;
    esp_idf::feed_watchdog();
  }
  if (!received) return false;
  waiting.store(false);
  *line = {typed.text, typed.bytes};
  if (waits && !typed.echoed) echo_line(*line);
  return true;
}

void echo_line(std::string_view line) {
  show(line);
  show("\n");
}

void set_console_filter(ConsoleFilter* wanted) { filter = wanted; }

void write_console_packet(std::span<const uint8_t> bytes) {
  std::fflush(stdout);
  esp_idf::write_keys(bytes);
}

bool take_interrupt() { return interrupted.exchange(false); }

}  // namespace thimble::port
