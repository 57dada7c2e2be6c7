// Thimble for Arduino: stories from a small language model, on the chip itself.
//
//   #include <Thimble.h>
//   #include <thimble_story_model.h>
//   Thimble story(thimble_story_model);
//
//   void setup() { Serial.begin(115200); if (!story.begin()) Serial.println(story.error()); }
//   void loop()  { story.generate("Once upon a time", [](const char* text) { Serial.print(text); }); delay(5000); }
//
// Needs an ESP32 of any kind and version 3 of its core ("esp32 by Espressif Systems" in the boards manager). All that a
// sketch needs is in this file; the engine itself, for C++ and for C, is in <thimble/thimble.hpp> and
// <thimble/thimble.h>.
#pragma once

#if defined(ARDUINO_ARCH_ESP32)
#include <Arduino.h>
#endif
#if defined(ARDUINO) && !defined(ARDUINO_ARCH_ESP32)
#error "Thimble runs on the ESP32 family: choose such a board in Tools > Board (PlatformIO: platform, board)."
#elif defined(ARDUINO) && (!defined(ESP_ARDUINO_VERSION_MAJOR) || ESP_ARDUINO_VERSION_MAJOR < 3)
#error \
    "Thimble needs version 3 of the ESP32 core. Arduino: Tools > Board > Boards Manager, 'esp32 by Espressif Systems', update. PlatformIO: platform = https://github.com/pioarduino/platform-espressif32/releases/download/stable/platform-espressif32.zip"
#else

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace thimble {
class Engine;
class Status;
struct Plan;
struct PlanOptions;
}  // namespace thimble

// How keys and values of the text are kept.
enum class ThimbleCache : uint8_t {
  kDefault,  // as the model wants it
  kFloat,    // as computed: four times the memory
  kInt8,
};

// What begin() decides with the memory. `story.begin({.context = 128, .secondCore = true})` sets two of them.
struct ThimbleOptions {
  uint32_t context = 0;      // longest text in tokens, its beginning included; 0: all that the model was trained for
  uint32_t promptBatch = 4;  // tokens of a prompt that are read at once, 1..8: more is faster and takes more memory
  ThimbleCache cache = ThimbleCache::kDefault;
  bool fastWeights = false;     // copy weights from flash or PSRAM into the internal memory that is left
  bool secondCore = false;      // share the work with the other core, where there is one
  size_t keepFree = 24 * 1024;  // internal memory that is left to the sketch and to Wi-Fi, in bytes
};

// What begin() found and took.
struct ThimbleFacts {
  char name[48];  // of the model, "" when its file does not say; likewise the next
  char license[32];
  uint32_t parameters;     // weights
  size_t modelBytes;       // length of its file
  uint32_t context;        // longest text in tokens
  size_t internalBytes;    // taken of internal memory
  size_t psramBytes;       // taken of PSRAM
  size_t fastWeightBytes;  // weights in internal memory, part of internalBytes
  size_t streamedBytes;    // of weights that are read from a card for each token
  uint32_t cores;          // that compute
};

// A model, and one text at a time. Functions that return bool say false when something is wrong, and error() then says
// what to do about it. Not copyable; keep it global. It is small before begin(), which takes all memory, once.
class Thimble {
 public:
  // Without a model: for beginFromPartition(), beginFromFile() and beginFromCard().
  constexpr Thimble() = default;
  // With a model that is part of the sketch: a const array, which stays in flash, on a multiple of 16.
  template <size_t bytes>
  explicit constexpr Thimble(const uint8_t (&model)[bytes]) : model_(model), modelBytes_(bytes) {}
  constexpr Thimble(const void* model, size_t bytes) : model_(model), modelBytes_(bytes) {}
  ~Thimble() { end(); }
  Thimble(const Thimble&) = delete;
  Thimble& operator=(const Thimble&) = delete;

  // Checks the model and takes memory: internal memory first, PSRAM when that is too little. Nothing is taken later.
  // Call it again to change the options.
  bool begin(const ThimbleOptions& options = {});
  // The same with a model that was written into the flash partition of that name.
  bool beginFromPartition(const char* label = "model", const ThimbleOptions& options = {});
  // The same with a model from a file, which is read into memory (PSRAM where there is some): "/ffat/story.thm" on a
  // started FFat, "/littlefs/..." on LittleFS, "/sd/..." on a card. After a refusal, begin() still has the sketch's
  // array.
  bool beginFromFile(const char* path, const ThimbleOptions& options = {});
  // The same with a model on a card that need not fit into memory: what finds room is read once, the rest for each
  // token, by the other core. "/sdcard/story.thm" on a started SD_MMC, "/sd/story.thm" on SD. `path` stays in place,
  // and so does the card; a text under way ends where it goes away, and start() works again when it is back.
  bool beginFromCard(const char* path, const ThimbleOptions& options = {});
  // Gives everything back; not while a page has the model (ThimbleWeb.h).
  void end();
  bool ready() const;

  // Tells how the text goes on after `prompt` (spaces at its end are left out), piece by piece: calls onText(const
  // char* text) for each. When onText returns a bool, false stops. Returns when the text has ended; other tasks and the
  // watchdog are looked after.
  template <class OnText>
  bool generate(const char* prompt, OnText onText);

  // The same for a loop() that has more to do: start() reads the prompt, which takes about as long as a step for every
  // promptBatch of its tokens; each step() adds a token and returns its text, "" when that waits for the rest of a
  // letter, or null when there is no more. The text is good until the next call.
  bool start(const char* prompt);
  const char* step();
  bool running() const { return running_; }

  // Ends the text at its next token, and the reading of a prompt, too. From onText, another task or an interrupt.
  void stop();

  // How texts are told, from the next start() or generate() on. What is not set here is as the model's file recommends.
  // A value out of range is refused then.
  void setTemperature(float value) { sampling_.temperature.set(value); }  // 0: always the likeliest token
  void setTopP(float value) { sampling_.topP.set(value); }                // 1: off
  void setTopK(uint32_t value) { sampling_.topK.set(value); }             // 0: off
  void setMinP(float value) { sampling_.minP.set(value); }                // 0: off
  void setMaxTokens(uint32_t value) { sampling_.maxTokens = value; }      // 0: until the story ends
  void setSeed(uint64_t value) {
    sampling_.seed.set(value);
  }                                        // the same seed tells the same text; unset: a new one each
  uint64_t seed() const { return seed_; }  // of the last text

  // What went wrong last, in one line, with the remedy where there is one; "" when nothing did.
  const char* error() const { return error_; }

  uint32_t tokens() const;        // of the last text, its beginning not included
  float tokensPerSecond() const;  // while they were computed; what onText does is not counted
  ThimbleFacts facts() const;     // all 0 before begin()

  // Whether this chip computes what every other one does, by a hash in the model's file: tells bad memory from a
  // model's mood. Ends the text under way.
  bool selfTest();

 private:
  friend class ThimbleWeb;
  struct Engine;  // Thimble.cpp

  // For a page: nothing else is told meanwhile. Null: there is no model.
  thimble::Engine* lend();
  void take_back() { lent_ = false; }
  bool refuse_lent();

  template <class T>
  struct Setting {
    constexpr void set(T v) { value = v, given = true; }
    T value{};
    bool given = false;
  };
  struct Sampling {
    Setting<float> temperature, topP, minP;
    Setting<uint32_t> topK;
    Setting<uint64_t> seed;
    uint32_t maxTokens = 0;
  };
  using TextFn = bool (*)(void* user, const char* text);

  bool make(const ThimbleOptions& options);
  bool build(const void* model, size_t bytes, const ThimbleOptions& options);
  bool build_stored(const ThimbleOptions& options);
  bool build_engine(const thimble::PlanOptions& wanted, const ThimbleOptions& options);
  bool keep(bool built);
  bool tell(const char* prompt, TextFn onText, void* user);

  // Write error_ and return false.
  __attribute__((format(printf, 2, 3))) bool fail(const char* format, ...);
  bool refuse_partition(const char* label, const thimble::Status& status);
  bool refuse_file(const char* path, const thimble::Status& status);
  bool refuse_plan(const thimble::Plan& plan, const thimble::PlanOptions& options, size_t keepFree);

  const void* model_ = nullptr;
  size_t modelBytes_ = 0;
  Engine* engine_ = nullptr;
  Sampling sampling_;
  uint64_t seed_ = 0;
  bool running_ = false;
  bool lent_ = false;
  char error_[320] = "";
};

template <class OnText>
bool Thimble::generate(const char* prompt, OnText onText) {
  static_assert(std::is_invocable_v<OnText&, const char*>, "onText is called with a const char*");
  const TextFn call = [](void* user, const char* text) {
    OnText& function = *static_cast<OnText*>(user);
    if constexpr (std::is_same_v<std::invoke_result_t<OnText&, const char*>, bool>) {
      return function(text);
    } else {
      function(text);
      return true;
    }
  };
  return tell(prompt, call, &onText);
}

#endif
