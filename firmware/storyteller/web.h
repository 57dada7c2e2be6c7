// The page and the API, beside the console: the same engine tells for both, one text at a time. Without a network
// (web_none.cpp) nobody ever asks for anything.
#pragma once

#include <mutex>
#include <string_view>

#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/session.h"
#include "firmware/storyteller/upkeep.h"
#include "ports/board.h"

namespace thimble::storyteller {

// Names that the board goes by, beside its addresses.
inline constexpr std::string_view kBoardNames[] = {"thimble.local"};

class Web {
 public:
  // Starts the network, which takes its memory from the platform's heap: before port::memory_pieces() gives that away.
  // What it is given must outlive it.
  Web(const port::BoardFacts& facts, Upkeep& upkeep);

  // Takes the service's memory, for good, before the first model has the rest.
  void take_memory(EngineMemory* memory);

  // Clients are answered by the model that is ready, until detach(), which comes before another one is loaded.
  // Nothing happens where none is.
  void attach(Session& session);
  void detach();

  // One piece of work for whoever waits for a text. False: nobody does.
  bool step();
  // Whether a client's text is being told: it has the engine until its end.
  bool is_telling();

  // Holds off requests, for what the program shares with routes.
  std::unique_lock<std::mutex> lock();
  // A request that waited for the program has an answer.
  void wake();

  // Says in the log where the page is, whenever that changes.
  void report();
};

}  // namespace thimble::storyteller
