// One request and its answer, from the first byte to the last: what the client has asked, what there is to say, and how
// much of it was said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "service/request.h"
#include "service/routes.h"
#include "service/terms.h"
#include "thimble/generator.h"

namespace thimble::service {

// How an answer of the engine is told.
enum class Voice : uint8_t {
  kWhole,   // one JSON object
  kEvents,  // server-sent events
  kSocket,  // messages of a WebSocket
};

// What came of a text so far, or in the end.
struct Outcome {
  size_t prompt_tokens = 0;
  size_t tokens = 0;
  size_t context_used = 0;
  uint64_t prompt_us = 0;     // reading it
  uint64_t predicted_us = 0;  // the text, from then to its end
  uint64_t queued_us = 0;     // in front of both
  uint64_t computed_us = 0;   // of the text: forward passes and sampling; the rest waited for its reader
  uint64_t storage_us = 0;    // of reading and computing: waited for weights from a medium
  FinishReason reason = FinishReason::kNone;
};

// The parts of an answer, in the order in which they are told.
enum class Part : uint8_t { kBeginning, kText, kEnding, kUsage, kTerminator, kNothing };

struct Exchange {
  enum class State : uint8_t {
    kFree,
    kReceiving,  // the body is on its way
    kQueued,     // waits for the engine
    kTelling,    // has the engine
    kTold,       // the engine is done with it; the client has not taken everything yet
    kAnswered,   // the answer lies ready, in the buffer or in an asset
  };

  void* user = nullptr;  // the server's own

  State state = State::kFree;
  RouteKind route = RouteKind::kHealth;
  bool head_only = false;  // HEAD
  bool gone = false;       // the client left while the engine had it

  // First the body of the request, then the answer that lies ready, or text that waits for the client.
  std::span<char> buffer{};
  size_t begin = 0;
  size_t end = 0;
  std::string_view asset{};  // the rest of it

  HttpResponse head{};
  bool has_head = false;

  // An answer of the engine.
  GenerateRequest request{};
  RequestKind kind = RequestKind::kCompletion;
  Voice voice = Voice::kWhole;
  Part part = Part::kBeginning;
  Outcome outcome{};
  Refusal failure{};  // what ended it early, when its head was out already
  uint64_t id = 0;
  uint64_t created = 0;   // Unix time
  uint64_t moment = 0;    // microseconds: of the last thing that the client took, or of the body's beginning
  uint32_t position = 0;  // in the queue, from 1
  uint32_t position_told = 0;
  size_t read = 0;  // of the prompt, and how many tokens of how many were told
  size_t of = 0;
  size_t read_told = 0;
  bool stats_due = false;

  std::string_view waiting() const { return {buffer.data() + begin, end - begin}; }
};

}  // namespace thimble::service
