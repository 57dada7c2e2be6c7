#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "apps/cli/chat_template.h"
#include "apps/cli/errors.h"
#include "apps/cli/habits.h"
#include "apps/cli/numbers.h"
#include "apps/cli/raw_arguments.h"
#include "apps/cli/shipped_model.h"
#include "apps/cli/text.h"
#include "thimble/generator.h"

namespace thimble::cli {
namespace {

// What run and chat add to the plan's own bytes for stop strings, which may be 65,536 in all.
constexpr size_t kMostStopBytes = 65536 - PlanOptions{}.max_stop_bytes;

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

void refuse_leftovers(const RawArguments& raw) {
  for (const std::string& argument : raw.leftovers) {
    if (argument.size() < 2 || argument[0] != '-') continue;
    const std::string flag = argument.substr(0, argument.find('=', 2));
    const std::string meant = nearest(flag, raw.long_flags);
    throw UsageError(flag + ": no such flag" +
                     (meant.empty() ? "; see: thimble " + raw.command + " --help" : "; did you mean " + meant + "?"));
  }
  for (const std::string& argument : raw.leftovers) {
    if (argument == "--") continue;
    const bool generates = raw.command == "run";
    throw UsageError("\"" + argument + "\": unexpected; " +
                     (generates ? "a prompt is given with -p \"...\"" : "see: thimble " + raw.command + " --help"));
  }
}

void take_model(const RawArguments& raw, ModelOptions* options) {
  if (!raw.positional_model.empty() && !raw.model.empty()) {
    const bool mode = raw.model == "chat" || raw.model == "generate";
    throw UsageError("-m " + raw.model + ": the model is " + raw.positional_model + " already; " +
                     (mode ? "the modes of llama2.c are commands here: thimble run, thimble chat" : "name it once"));
  }
  options->model = raw.model.empty() ? raw.positional_model : raw.model;
  if (!options->model.empty()) return;
  throw UsageError("no model; name one: thimble " + raw.command + " MODEL");
}

// For commands that make do with the model that ships.
void take_model_or_shipped(RawArguments* raw, ModelOptions* options) {
  if (raw->positional_model.empty() && raw->model.empty()) {
    raw->model = shipped_model();
    if (!raw->model.empty()) raw->notes.push_back("no model was named; this is " + raw->model);
  }
  take_model(*raw, options);
}

void finish_sampling(SamplingOptions* sampling) {
  // As elsewhere, below zero is as good as zero: greedy, or off.
  if (sampling->temperature && *sampling->temperature < 0) sampling->temperature = 0.0f;
  if (sampling->top_k && *sampling->top_k < 0) sampling->top_k = 0;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Ours, and llama.cpp's names of what comes near.
KvType parse_kv_type(const std::string& text, std::vector<std::string>* notes) {
  const std::string name = lower_case(text);
  if (name == "i8") return KvType::kI8;
  if (name == "f32") return KvType::kF32;
  if (name == "q8_0") {
    notes->push_back("--kv-type " + text + ": uses i8, which has a scale per head and position");
    return KvType::kI8;
  }
  if (name == "f16" || name == "bf16") {
    notes->push_back("--kv-type " + text + ": uses f32, which holds as much and more");
    return KvType::kF32;
  }
  throw UsageError("--kv-type " + text + ": no such type; there are i8 and f32");
}

// Values that need more than a range check. Adds to raw->notes.
void finish_engine(RawArguments* raw, EngineOptions* options) {
  const std::optional<int> threads = whole_number<int>(raw->threads);
  if (!threads || *threads < -1) throw UsageError("-t " + raw->threads + ": expected a number of threads, or -1");
  options->threads = static_cast<uint32_t>(std::clamp(*threads, 0, static_cast<int>(kMaxWorkers)));
  if (*threads > static_cast<int>(kMaxWorkers)) {
    raw->notes.push_back("-t " + raw->threads + ": uses " + std::to_string(kMaxWorkers) + " threads, the most");
  }
  for (const std::string& text : raw->kv_types) {
    const KvType type = parse_kv_type(text, &raw->notes);
    if (options->kv_type != KvType::kDefault && options->kv_type != type) {
      throw UsageError("--kv-type: given as i8 and as f32; keys and values share one type");
    }
    options->kv_type = type;
  }
}

void finish_generation(const RawArguments& raw, GenerationOptions* options, ReportOptions* report) {
  finish_sampling(&options->sampling);
  options->sampling.seed = parse_seed(raw.seed);
  if (raw.logit_bias.size() > kMaxLogitBias) {
    throw UsageError("--logit-bias: given " + std::to_string(raw.logit_bias.size()) + " times; at most " +
                     std::to_string(kMaxLogitBias));
  }
  for (const std::string& text : raw.logit_bias) options->sampling.logit_bias.push_back(parse_logit_bias(text));
  if (options->stop.size() > kMaxStopStrings) {
    throw UsageError("--stop: given " + std::to_string(options->stop.size()) + " times; at most " +
                     std::to_string(kMaxStopStrings));
  }
  size_t bytes = 0;
  for (std::string& stop : options->stop) {
    if (stop.empty()) throw UsageError("--stop \"\": an empty text stops nothing; leave it out");
    if (!raw.no_escape) stop = unescape(stop);
    bytes += stop.size();
  }
  if (bytes > kMostStopBytes) {
    throw UsageError("--stop: " + std::to_string(bytes) + " bytes in all; at most " + std::to_string(kMostStopBytes));
  }
  report->notes = raw.notes;
  if (raw.color == "always") report->color = host::ColorChoice::kAlways;
  if (raw.color == "never") report->color = host::ColorChoice::kNever;
}

TextOptions text_options(const RawArguments& raw) {
  if (raw.has_prompt && !raw.text_file.empty()) throw UsageError("-p and -f: give the text one way, not both");
  TextOptions text;
  if (raw.has_prompt) text.prompt = raw.prompt;
  text.file = raw.text_file;
  text.escapes = !raw.no_escape;
  return text;
}

// The command line for the model's about section: quoted where needed, and without folders, which say nothing about
// the model and much about the machine.
std::string recorded_command(const RawArguments& raw) {
  const ConvertCommandOptions& o = raw.convert;
  const std::string tokenizer_flag = "--tokenizer=";
  std::string line = "thimble";
  for (std::string word : raw.words) {
    if (word == o.input || word == o.output || word == o.tokenizer) word = file_name(word);
    if (word.starts_with(tokenizer_flag)) word = tokenizer_flag + file_name(word.substr(tokenizer_flag.size()));
    for (size_t at = word.find('\''); at != std::string::npos; at = word.find('\'', at + 4)) {
      word.replace(at, 1, "'\\''");
    }
    const bool quoted = word.empty() || word.find_first_of(" \t\n\"'$`\\{}<>|&;()*?") != std::string::npos;
    line.append(quoted ? " '" : " ").append(word).append(quoted ? "'" : "");
  }
  return line;
}

// The types by their names, and by those of llama.cpp for what comes near.
tools::WeightType parse_weight_type(const std::string& text, std::vector<std::string>* notes) {
  using enum tools::WeightType;
  std::string name = lower_case(text);
  const bool foreign = name == "q8_0" || name == "q4_0";
  if (foreign) name.resize(2);
  for (const tools::WeightType type : {kQ8, kQ4, kMixed, kF16, kF32}) {
    if (name != tools::weight_type_name(type)) continue;
    if (foreign) notes->push_back("--type " + text + ": writes " + name + ", which is Thimble's own layout");
    return type;
  }
  throw UsageError("--type " + text + ": no such type; there are q8, q4, mixed, f16 and f32");
}

Request convert_request(RawArguments& raw) {
  ConvertCommandOptions& o = raw.convert;
  if (o.input.empty()) throw UsageError("no input; name one: thimble convert IN OUT.thm");
  o.type = parse_weight_type(raw.weight_type, &o.notes);
  finish_sampling(&o.sampling);
  o.command_line = recorded_command(raw);
  if (!raw.no_escape) {
    o.chat_template = unescape(o.chat_template);
    for (std::string& prompt : o.prompts) prompt = unescape(prompt);
  }
  if (!o.chat_template.empty() && !ChatTemplate::is_valid(o.chat_template)) {
    throw UsageError("--chat-template \"" + o.chat_template +
                     "\": write {prompt} once, where the user's words go, as in " + "\"User: {prompt}\\nBot:\"");
  }
  return o;
}

Request eval_request(RawArguments& raw) {
  take_model(raw, &raw.eval.model);
  if (raw.eval.text.empty()) throw UsageError("no text to score; name one: thimble eval MODEL --text FILE");
  finish_engine(&raw, &raw.eval.engine);
  raw.eval.notes = raw.notes;
  return raw.eval;
}

Request inspect_request(RawArguments& raw) {
  take_model(raw, &raw.inspect.model);
  finish_engine(&raw, &raw.inspect.engine);
  raw.inspect.notes = raw.notes;
  return raw.inspect;
}

Request selftest_request(RawArguments& raw) {
  take_model(raw, &raw.selftest.model);
  finish_engine(&raw, &raw.selftest.engine);
  raw.selftest.notes = raw.notes;
  return raw.selftest;
}

}  // namespace

Request make_request(RawArguments& raw) {
  refuse_leftovers(raw);
  if (raw.command == "run") {
    take_model_or_shipped(&raw, &raw.run.model);
    finish_engine(&raw, &raw.run.engine);
    finish_generation(raw, &raw.run.generation, &raw.run.report);
    raw.run.text = text_options(raw);
    raw.run.display_prompt = !raw.no_display_prompt;
    return raw.run;
  }
  if (raw.command == "chat") {
    take_model_or_shipped(&raw, &raw.chat.model);
    finish_engine(&raw, &raw.chat.engine);
    finish_generation(raw, &raw.chat.generation, &raw.chat.report);
    return raw.chat;
  }
  if (raw.command == "convert") return convert_request(raw);
  if (raw.command == "eval") return eval_request(raw);
  if (raw.command == "inspect") return inspect_request(raw);
  if (raw.command == "selftest") return selftest_request(raw);
  take_model(raw, &raw.tokenize.model);
  raw.tokenize.text = text_options(raw);
  raw.tokenize.bos = !raw.no_bos;
  return raw.tokenize;
}

}  // namespace thimble::cli
