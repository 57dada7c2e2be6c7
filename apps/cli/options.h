// Options that several commands share. Each group declares its options on a command, and checks afterwards what the
// range of a single value cannot say. `typed` fields hold a value as it was typed, until that check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/option_kinds.h"
#include "apps/cli/output.h"
#include "ports/host/terminal.h"
#include "thimble/plan.h"
#include "thimble/sampler.h"

namespace thimble::cli {

struct ModelOptions {
  std::string model;
  std::string tokenizer;            // empty: the model's own, or one beside it
  std::optional<float> rope_theta;  // absent: the model's own
  bool shared = false;              // both were given for several models: those that have their own leave them
  std::string typed_flag{};         // -m

  void declare(CLI::App& app);
  // Exactly one model must be named. Throws UsageError.
  void check(const std::string& command);
  // The same for commands that make do with the model that ships; `notes` says so.
  void check_or_use_shipped(const std::string& command, Notes* notes);
};

void add_rope_theta(CLI::App& app, std::optional<float>* theta);
void add_any_word(CLI::App& app, bool* any_word);

struct EngineOptions {
  uint32_t context = 0;  // positions; 0: the model's, or as many as are possible here
  uint32_t batch = kMaxBatch;
  KvType kv_type = KvType::kDefault;
  uint32_t threads = 0;       // 0: as many as pay
  bool any_machine = false;   // choose nothing by the cores and the memory that are here
  bool streamed = false;      // weights that find no room in memory_bytes are read for every token
  uint64_t memory_bytes = 0;  // 0: where streamed, no more than that takes
  std::string typed_threads = "-1";
  std::vector<std::string> typed_kv_types;

  void declare(CLI::App& app);
  void declare_streaming(CLI::App& app);
  // Throws UsageError.
  void check(Notes* notes);
};

// What is absent comes from the model's about section, then from SamplerParams.
struct SamplingOptions {
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<float> min_p;
  std::optional<float> repeat_penalty;
  std::optional<float> prompt_bias;
  std::optional<int> top_k;  // 0: as many as the sampler can
  float presence_penalty = 0;
  float frequency_penalty = 0;
  int repeat_last_n = 64;  // -1: the context, as far as the sampler looks back
  std::vector<LogitBias> logit_bias;
  std::optional<uint64_t> seed;  // absent: random
  std::string typed_seed = "-1";
  std::vector<std::string> typed_logit_bias;

  // Those that a model file can recommend.
  void declare_recommended(CLI::App& app);
  void declare_others(CLI::App& app);
  // Throws UsageError.
  void check();
};

struct GenerationOptions {
  SamplingOptions sampling;
  int64_t predict = -1;  // tokens; 0: only read the prompt; negative: until the context is full
  std::vector<std::string> stop;
  bool ignore_eos = false;
  bool any_word = false;
  bool hash_logits = false;

  void declare(CLI::App& app);
  // `escapes`: as in TextOptions, for the stop strings. Throws UsageError.
  void check(bool escapes);
};

// Where a text comes from: the option, else the file, else standard input.
struct TextOptions {
  std::optional<std::string> prompt;
  std::string file;  // "-": standard input
  bool escapes = true;

  void declare(CLI::App& app);
  // Throws UsageError.
  void check() const;
};

// -e and --no-escape. `what`: the options whose texts they are about.
void add_escapes(CLI::App& app, bool* escapes, const std::string& what);

struct ReportOptions {
  bool verbose = false;
  bool quiet = false;
  std::string color = "auto";  // auto, always or never

  void declare(CLI::App& app);
  host::ColorChoice color_choice() const;
};

}  // namespace thimble::cli
