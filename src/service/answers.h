// Answers that need no engine: health, models, facts, settings, metrics.
#pragma once

#include <cstdint>

#include "service/exchange.h"
#include "service/platform.h"
#include "service/request.h"
#include "service/writer.h"
#include "thimble/engine.h"

namespace thimble::service {

// Since the start.
struct Counters {
  uint64_t requests = 0;   // that were let in
  uint64_t refused = 0;    // with a status of 400 or more
  uint64_t busy = 0;       // of these: because the queue was full
  uint64_t answers = 0;    // of the engine, told to their end
  uint64_t cancelled = 0;  // stopped, or left by their clients
  uint64_t prompt_tokens = 0;
  uint64_t tokens = 0;
  uint64_t prompt_us = 0;
  uint64_t predicted_us = 0;
  size_t running = 0;  // now
  size_t waiting = 0;
  Outcome last{};
};

// What the answers are about.
struct Facts {
  const Engine& engine;
  const Platform& platform;
  const Settings& settings;
  const Counters& counters;
  size_t context_used = 0;  // tokens, by the text of now or the last one
  uint64_t uptime_us = 0;
  uint64_t started = 0;  // Unix time
};

// The model's name, for answers: "story".
std::string_view model_name(const Model& model);

void write_health(Writer& out);
void write_models(Writer& out, const Facts& facts);
void write_model(Writer& out, const Facts& facts);
void write_info(Writer& out, const Facts& facts);
void write_settings(Writer& out, const Settings& settings);
// In Prometheus' text format.
void write_metrics(Writer& out, const Facts& facts);

}  // namespace thimble::service
