// What the command line asked for: plain data, filled by arguments.cpp, read by one command each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ports/host/terminal.h"
#include "thimble/plan.h"
#include "thimble/sampler.h"
#include "tools/convert/convert.h"

namespace thimble::cli {

struct ModelOptions {
  std::string model;
  std::string tokenizer;            // empty: the model's own, or one beside it
  std::optional<float> rope_theta;  // absent: the model's own
  bool shared = false;              // both were given for several models: those that have their own leave them
};

struct EngineOptions {
  uint32_t context = 0;  // positions; 0: the model's, or as many as are possible here
  uint32_t batch = kMaxBatch;
  KvType kv_type = KvType::kDefault;
  uint32_t threads = 0;      // 0: as many as pay
  bool any_machine = false;  // choose nothing by the cores and the memory that are here
};

// What is absent comes from the model's about section, then from SamplerParams.
struct SamplingOptions {
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<float> min_p;
  std::optional<float> repeat_penalty;
  std::optional<int> top_k;  // 0: as many as the sampler can
  float presence_penalty = 0;
  float frequency_penalty = 0;
  int repeat_last_n = 64;  // -1: the context, as far as the sampler looks back
  std::vector<LogitBias> logit_bias;
  std::optional<uint64_t> seed;  // absent: random
};

struct GenerationOptions {
  SamplingOptions sampling;
  int64_t predict = -1;  // tokens; 0: only read the prompt; negative: until the context is full
  std::vector<std::string> stop;
  bool ignore_eos = false;
};

// Where a text comes from: the option, else the file, else standard input.
struct TextOptions {
  std::optional<std::string> prompt;
  std::string file;  // "-": standard input
  bool escapes = true;
};

struct ReportOptions {
  bool verbose = false;
  bool quiet = false;
  host::ColorChoice color = host::ColorChoice::kAuto;
  std::vector<std::string> notes;  // about the command line; shown once the model is there
};

struct RunOptions {
  ModelOptions model;
  EngineOptions engine;
  GenerationOptions generation;
  TextOptions text;
  ReportOptions report;
  bool hash = false;
  bool ids = false;
  bool display_prompt = true;
  bool echo = false;  // the prompt on stdout, before the text
};

struct ChatOptions {
  ModelOptions model;
  EngineOptions engine;
  GenerationOptions generation;
  ReportOptions report;
  bool context_shift = false;
};

struct ConvertCommandOptions {
  std::string input;
  std::string output;  // empty: the input's name with .thm
  std::string tokenizer;
  std::optional<float> rope_theta;  // absent: what IN says
  tools::WeightType type = tools::WeightType::kQ8;
  std::string name;
  std::string license;
  std::string chat_template;
  std::vector<std::string> prompts;
  SamplingOptions sampling;
  bool verbose = false;
  bool quiet = false;
  std::string command_line;        // with file names only, for the about section
  std::vector<std::string> notes;  // about the command line
};

struct InspectOptions {
  ModelOptions model;
  EngineOptions engine;
  bool verify = false;
  bool tensors = false;
  std::vector<size_t> fast_blocks;  // bytes of each; none: no placement is shown
  std::vector<std::string> notes;   // about the command line
};

struct TokenizeOptions {
  ModelOptions model;  // a model, or a tokenizer alone
  TextOptions text;
  std::string decode;  // ids
  bool decoding = false;
  bool bos = true;
  bool pieces = false;
  bool count = false;
};

struct EvalOptions {
  ModelOptions model;
  EngineOptions engine;
  std::string text;
  std::string against;  // empty: none
  uint64_t limit = 0;   // stories; 0: all
  bool hash = false;
  bool quiet = false;
  std::vector<std::string> notes;  // about the command line
};

struct SelftestOptions {
  ModelOptions model;
  EngineOptions engine;            // kDefault: both types of kv cache
  std::vector<std::string> notes;  // about the command line
};

// --help and --version: a text to print and nothing to do.
struct HelpText {
  std::string text;
  bool asked = true;  // false: shown because no command was given
};

using Request = std::variant<HelpText, RunOptions, ChatOptions, ConvertCommandOptions, InspectOptions, TokenizeOptions,
                             EvalOptions, SelftestOptions>;

}  // namespace thimble::cli
