// The storyteller: what happens at power-on, and what the console answers afterwards.
#pragma once

#include <span>
#include <string_view>

#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/listener.h"
#include "firmware/storyteller/model_sources.h"
#include "firmware/storyteller/session.h"
#include "firmware/storyteller/settings.h"
#include "firmware/storyteller/story.h"
#include "firmware/storyteller/upkeep.h"
#include "firmware/storyteller/web.h"
#include "firmware/storyteller/wifi.h"
#include "ports/board.h"

namespace thimble::storyteller {

struct Options {
  const char* model_file = nullptr;  // tried before all others
  bool test_memory = false;          // bulk memory, at boot: a second for some megabytes
  std::span<const std::byte> built_in;
};

class Storyteller {
 public:
  // Starts the network, takes the port's memory, then its workers.
  explicit Storyteller(const Options& options);

  // From power-on to the first story: reports the board, finds a model, has it prove itself, tells.
  void start();

  // Waits a moment for a line or the button and answers it, or does a piece of what clients of the network asked for.
  // For a loop without end.
  void serve();

 private:
  friend struct Command;

  void take_memory();
  void load_first_good();
  bool load(ModelSource* source);
  Status take_model(ModelSource* wanted);
  void tell(std::string_view prompt, uint64_t seed);
  void tell_new_story();
  static bool wait_for_card(void* self, uint32_t tries);
  void answer(std::string_view line);

  // Commands; `argument` is what follows the name.
  void help(std::string_view argument);
  void stop(std::string_view argument);
  void stats(std::string_view argument);
  void models(std::string_view argument);
  void bench(std::string_view argument);
  void self_test(std::string_view argument);
  void show_memory(std::string_view argument);
  void list_models();
  void switch_model(size_t index);

  const port::BoardFacts facts_;
  Upkeep upkeep_;
  Wifi wifi_;
  Web web_;
  const std::span<const port::MemoryPiece> pieces_;
  const bool test_memory_;
  EngineMemory memory_;
  port::Workers workers_;
  ModelSources sources_;
  Session session_;
  Listener listener_;
  Settings settings_;
  Story story_;
  StoryFigures last_;  // of the last story
  uint64_t last_seed_ = 0;
  ReadFigures last_reading_;  // of the last story's model, where it is a file
};

}  // namespace thimble::storyteller
