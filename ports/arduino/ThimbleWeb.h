// The page and the API of Thimble on a network that the sketch has joined.
//
//   #include <WiFi.h>
//   #include <Thimble.h>
//   #include <ThimbleWeb.h>
//   Thimble story(thimble_story_model);
//   ThimbleWeb page(story);
//
//   setup(): WiFi.begin("network", "password"), story.begin({.keepFree = 96 * 1024}), page.begin()
//   loop():  page.step();
//
// Needs version 3.3 of the ESP32 core, whose ESP-IDF is 5.5. What is said there: docs/API.md of Thimble's sources.
#pragma once

#include "Thimble.h"

#if defined(ARDUINO)
#include <esp_idf_version.h>
#if ESP_IDF_VERSION < ESP_IDF_VERSION_VAL(5, 5, 0)
#error \
    "ThimbleWeb needs version 3.3 of the ESP32 core: Tools > Board > Boards Manager, 'esp32 by Espressif Systems', update."
#endif
#endif

struct ThimbleWebOptions {
  uint16_t port = 80;
  const char* key = nullptr;   // of the page and the API; null: everybody in the network may ask. Stays in place
  const char* name = nullptr;  // that the board goes by beside its address, as "thimble.local" with ESPmDNS. Likewise
};

// One of these in a sketch. Functions that return bool say false when something is wrong; error() says what.
class ThimbleWeb {
 public:
  // `story` outlives this.
  explicit constexpr ThimbleWeb(Thimble& story) : story_(story) {}
  ~ThimbleWeb() { end(); }
  ThimbleWeb(const ThimbleWeb&) = delete;
  ThimbleWeb& operator=(const ThimbleWeb&) = delete;

  // After begin() of the story, and when the network is there. Takes memory (PSRAM where there is some) and listens.
  // The story tells for the page alone from now on. The options hold from the first call on.
  bool begin(const ThimbleWebOptions& options = {});
  // Gives the story its model back; clients hear that there is none. begin() works again.
  void end();

  // For loop(): a token, or a prompt, for whoever waits for one; else a hundredth of a second passes. True: somebody
  // did.
  bool step();
  // Whether a text is being told.
  bool telling() const;

  // What went wrong last, in one line; "" when nothing did.
  const char* error() const { return error_; }

 private:
  __attribute__((format(printf, 2, 3))) bool fail(const char* format, ...);

  Thimble& story_;
  void* memory_ = nullptr;
  char error_[160] = "";
};
