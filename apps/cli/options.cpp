#include "apps/cli/options.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "thimble/generator.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kMost = 1e6;       // keeps nonsense out
constexpr double kSmallest = 1e-4;  // where the range begins above 0
constexpr int64_t kMostWhole = 1'000'000;
constexpr int64_t kMostTokens = UINT32_MAX;  // what people type for "no end"
constexpr int64_t kMostContext = 1 << 20;    // no model has more
constexpr double kMostTheta = 1e12;
constexpr const char* kSampling = "Sampling";  // the group of these options

// What generating adds to the plan's own bytes for stop strings, which may be 65,536 in all.
constexpr size_t kMostStopBytes = 65536 - PlanOptions{}.max_stop_bytes;

// The path of story.thm: beside the program, where an installation puts it relative to the program, or where this
// program was built to be installed. Empty when it is in none of these places.
std::string shipped_model() {
  const fs::path folder = fs::path(host::program_path()).parent_path();
  for (const fs::path& place : {folder / "story.thm", folder.parent_path() / "share/thimble/story.thm",
                                fs::path(THIMBLE_DATA_DIR) / "story.thm"}) {
    std::error_code missing;
    const fs::path model = fs::canonical(place, missing);
    if (!missing) return model.string();
  }
  return {};
}

// Ours, and llama.cpp's names of what comes near.
KvType parse_kv_type(const std::string& text, Notes* notes) {
  const std::string name = lower_case(text);
  if (name == "i8") return KvType::kI8;
  if (name == "f32") return KvType::kF32;
  if (name == "i4") return KvType::kI4;
  if (name == "q8_0") {
    notes->push_back("--kv-type " + text + ": uses i8, which has a scale per head and position");
    return KvType::kI8;
  }
  if (name == "q4_0") {
    notes->push_back("--kv-type " + text + ": uses i4, which has a scale per head and position, and a step per 16");
    return KvType::kI4;
  }
  if (name == "f16" || name == "bf16") {
    notes->push_back("--kv-type " + text + ": uses f32, which holds as much and more");
    return KvType::kF32;
  }
  throw UsageError("--kv-type " + text + ": no such type; there are i8, i4 and f32");
}

LogitBias parse_logit_bias(const std::string& text) {
  const UsageError refusal("--logit-bias " + text + ": expected ID+BIAS or ID-BIAS, as in 278+1.5 or 2-inf");
  const size_t sign = text.find_first_of("+-");
  if (sign == std::string::npos) throw refusal;
  const std::optional<uint32_t> token = whole_number<uint32_t>(text.substr(0, sign));
  const std::string amount = text.substr(sign);
  char* end = nullptr;
  const float bias = std::strtof(amount.c_str(), &end);
  const bool forbids = std::isinf(bias) && bias < 0;
  if (!token || end == amount.c_str() || *end != '\0' || (!std::isfinite(bias) && !forbids)) throw refusal;
  return {*token, bias};
}

std::optional<uint64_t> parse_seed(const std::string& text) {
  if (text == "-1") return std::nullopt;
  const std::optional<uint64_t> seed = whole_number<uint64_t>(text);
  if (!seed) throw UsageError("-s " + text + ": expected a whole number below 2^64, or -1 for a random one");
  return seed;
}

void check_count(const char* flag, size_t count, size_t most) {
  if (count <= most) return;
  throw UsageError(std::string(flag) + ": given " + std::to_string(count) + " times; at most " + std::to_string(most));
}

}  // namespace

// --- model ---------------------------------------------------------------------------------------------------------

void ModelOptions::declare(CLI::App& app) {
  add_text(app, "MODEL", &model, " ", "A .thm file, a GGUF file, a Hugging Face folder or a llama2.c checkpoint");
  add_text(app, "-m,--model", &typed_flag, "FILE", "The same as MODEL");
  add_text(app, "--tokenizer", &tokenizer, "FILE", "tokenizer.bin or sentencepiece .model for a checkpoint");
  add_rope_theta(app, &rope_theta);
}

void ModelOptions::check(const std::string& command) {
  if (!model.empty() && !typed_flag.empty()) {
    const bool mode = typed_flag == "chat" || typed_flag == "generate";
    throw UsageError("-m " + typed_flag + ": the model is " + model + " already; " +
                     (mode ? "the modes of llama2.c are commands here: thimble run, thimble chat" : "name it once"));
  }
  if (model.empty()) model = typed_flag;
  if (model.empty()) throw UsageError("no model; name one: thimble " + command + " MODEL");
}

void ModelOptions::check_or_use_shipped(const std::string& command, Notes* notes) {
  if (model.empty() && typed_flag.empty()) {
    model = shipped_model();
    if (!model.empty()) notes->push_back("no model was named; this is " + model);
  }
  check(command);
}

void add_rope_theta(CLI::App& app, std::optional<float>* theta) {
  add_real(app, "--rope-theta", theta, 1, kMostTheta,
           "Base of the rotary angles of a checkpoint [its table's, or 10000]");
}

// --- engine --------------------------------------------------------------------------------------------------------

void EngineOptions::declare(CLI::App& app) {
  add_whole(app, "-c,--ctx-size", &context, 0, kMostContext, "N",
            "Context in tokens; 0: the model's, or what runs here [0]");
  add_whole(app, "-b,--batch-size", &batch, 1, kMaxBatch, "N",
            "Tokens read at once, 1 to 8; no effect on the result [8]");
  add_text(app, "-t,--threads", &typed_threads, "N", "Threads; no effect on the result; -1: as many as pay [-1]");
  add_texts(app, "--kv-type", &typed_kv_types, "TYPE:{i8,i4,f32}",
            "Type of keys and values [i8; f32 for models in floats]");
}

void EngineOptions::declare_streaming(CLI::App& app) {
  add_flag(app, "--stream", &streamed, "Read weights from the file for every token, as a chip reads a card");
  add_whole(app, "--memory", &memory_bytes, 1, INT64_MAX, "BYTES",
            "Memory of the engine, such as 400k; weights beyond it are read for every token");
}

void EngineOptions::check(Notes* notes) {
  streamed = streamed || memory_bytes != 0;
  const std::optional<int> wanted = whole_number<int>(typed_threads);
  if (!wanted || *wanted < -1) throw UsageError("-t " + typed_threads + ": expected a number of threads, or -1");
  threads = static_cast<uint32_t>(std::clamp(*wanted, 0, static_cast<int>(kMaxWorkers)));
  if (*wanted > static_cast<int>(kMaxWorkers)) {
    notes->push_back("-t " + typed_threads + ": uses " + std::to_string(kMaxWorkers) + " threads, the most");
  }
  for (const std::string& text : typed_kv_types) {
    const KvType type = parse_kv_type(text, notes);
    if (kv_type != KvType::kDefault && kv_type != type) {
      throw UsageError("--kv-type: given as " + std::string(kv_type_name(kv_type)) + " and as " + kv_type_name(type) +
                       "; keys and values share one type");
    }
    kv_type = type;
  }
}

// --- generation ----------------------------------------------------------------------------------------------------

void SamplingOptions::declare_recommended(CLI::App& app) {
  add_real(app, "--temp,--temperature", &temperature, -kMost, kMost, "Temperature; 0: greedy [0.8]", kSampling);
  add_whole(app, "--top-k", &top_k, -1, kMostWhole, "X", "Choose among the K best; 0: 256, the most [40]", kSampling);
  add_real(app, "--top-p", &top_p, kSmallest, 1, "Keep the best that make up this probability; 1: off [0.95]",
           kSampling);
  add_real(app, "--min-p", &min_p, 0, 0.999999, "Drop what is below this share of the best; 0: off [0.05]", kSampling);
  add_real(app, "--repeat-penalty", &repeat_penalty, kSmallest, kMost, "Penalty on repetition; 1: off [1]", kSampling);
}

void SamplingOptions::declare_others(CLI::App& app) {
  add_whole(app, "--repeat-last-n", &repeat_last_n, -1, kMaxPenaltyWindow, "X",
            "Tokens the penalties look back at; -1: 256 [64]", kSampling);
  add_real(app, "--presence-penalty", &presence_penalty, -kMost, kMost,
           "Subtracted from the logit of a token seen before [0]", kSampling);
  add_real(app, "--frequency-penalty", &frequency_penalty, -kMost, kMost, "Subtracted once per occurrence [0]",
           kSampling);
  add_texts(app, "--logit-bias", &typed_logit_bias, "ID(+|-)BIAS", "Add BIAS to the logit of token ID; repeatable",
            kSampling);
  add_text(app, "-s,--seed", &typed_seed, "N", "Seed; -1: random, printed on stderr [-1]", kSampling);
}

void SamplingOptions::check() {
  // As elsewhere, below zero is as good as zero: greedy, or off.
  if (temperature && *temperature < 0) temperature = 0.0f;
  if (top_k && *top_k < 0) top_k = 0;
  seed = parse_seed(typed_seed);
  check_count("--logit-bias", typed_logit_bias.size(), kMaxLogitBias);
  for (const std::string& text : typed_logit_bias) logit_bias.push_back(parse_logit_bias(text));
}

void GenerationOptions::declare(CLI::App& app) {
  add_whole(app, "-n,--predict,--n-predict", &predict, -2, kMostTokens, "N",
            "Tokens to generate; 0: only read the prompt; -1: until the context is full [-1]");
  sampling.declare_recommended(app);
  sampling.declare_others(app);
  add_texts(app, "-r,--stop,--reverse-prompt", &stop, "TEXT", "Stop before this text; repeatable");
  add_flag(app, "--ignore-eos", &ignore_eos, "Go on where the model ends its text");
}

void GenerationOptions::check(bool escapes) {
  sampling.check();
  check_count("--stop", stop.size(), kMaxStopStrings);
  size_t bytes = 0;
  for (std::string& text : stop) {
    if (text.empty()) throw UsageError("--stop \"\": an empty text stops nothing; leave it out");
    if (escapes) text = unescape(text);
    bytes += text.size();
  }
  if (bytes <= kMostStopBytes) return;
  throw UsageError("--stop: " + std::to_string(bytes) + " bytes in all; at most " + std::to_string(kMostStopBytes));
}

// --- text and report -----------------------------------------------------------------------------------------------

void TextOptions::declare(CLI::App& app) {
  add_text(app, "-p,--prompt", &prompt, "TEXT", "The text; else -f, else standard input");
  add_text(app, "-f,--file", &file, "FILE", "Read the text from a file; -: standard input");
  add_escapes(app, &escapes, "-p and --stop");
}

void TextOptions::check() const {
  if (prompt && !file.empty()) throw UsageError("-p and -f: give the text one way, not both");
}

void add_escapes(CLI::App& app, bool* escapes, const std::string& what) {
  add_flag(app, "-e,--escape,--escapes", escapes, ("Understand \\n, \\t, \\xNN in " + what + " (default)").c_str());
  add_off_flag(app, "--no-escape,--no-escapes", escapes, ("Take " + what + " as they are").c_str());
}

void ReportOptions::declare(CLI::App& app) {
  add_flag(app, "-v,--verbose", &verbose, "Show the memory plan, buffer by buffer");
  add_flag(app, "-q,--quiet", &quiet, "No seed, notes and timings on stderr");
  add_choice(app, "--color", &color, {"auto", "always", "never"}, "WHEN", "Whether to dim the prompt on stderr [auto]");
}

host::ColorChoice ReportOptions::color_choice() const {
  if (color == "always") return host::ColorChoice::kAlways;
  return color == "never" ? host::ColorChoice::kNever : host::ColorChoice::kAuto;
}

}  // namespace thimble::cli
