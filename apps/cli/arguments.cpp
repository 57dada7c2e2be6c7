#include "apps/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/errors.h"
#include "apps/cli/habits.h"
#include "apps/cli/help.h"
#include "apps/cli/numbers.h"
#include "apps/cli/raw_arguments.h"
#include "apps/cli/reference/reference.h"
#include "apps/cli/text.h"
#include "apps/cli/version.h"
#include "ports/host/file.h"

namespace thimble::cli {
namespace {

constexpr double kMost = 1e6;       // keeps nonsense out
constexpr double kSmallest = 1e-4;  // where the range begins above 0
constexpr int64_t kMostWhole = 1'000'000;
constexpr int64_t kMostTokens = UINT32_MAX;  // what people type for "no end"
constexpr int64_t kMostContext = 1 << 20;    // no model has more
constexpr double kMostTheta = 1e12;

// A number from low to high.
CLI::Validator real(double low, double high) {
  return {[low, high](std::string& text) {
            const std::optional<double> value = real_number(text);
            if (value && *value >= low && *value <= high) return std::string();
            return format("%s is not a number from %.10g to %.10g", text.c_str(), low, high);
          },
          ""};
}

// A whole number from low to high, which goes on in digits however it was typed.
CLI::Validator whole(int64_t low, int64_t high) {
  return {[low, high](std::string& text) {
            const std::optional<int64_t> value = whole_amount(text);
            if (!value || *value < low || *value > high) {
              return text + " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high);
            }
            text = std::to_string(*value);
            return std::string();
          },
          ""};
}

// The same for a piece of memory.
CLI::Validator bytes() {
  return {[](std::string& text) {
            const std::optional<int64_t> value = whole_amount(text);
            if (!value || *value < 1) return text + " is not a number of bytes, such as 150000, 150k or 64Ki";
            text = std::to_string(*value);
            return std::string();
          },
          ""};
}

// --help shows the words behind the option, and completions offer them.
CLI::Validator one_of(std::vector<std::string> words) {
  const std::string description = "{" + joined(words, ",") + "}";
  return {[words = std::move(words)](std::string& text) {
            if (std::ranges::find(words, text) != words.end()) return std::string();
            std::string refusal = text + " is none of";
            for (const std::string& word : words) refusal += (word == words.front() ? " " : ", ") + word;
            return refusal;
          },
          description};
}

class Parser {
 public:
  Parser();
  Request parse(const std::vector<std::string>& arguments);

 private:
  CLI::App* command(const char* name, const char* description, const char* footer);
  void add_model(CLI::App* app, ModelOptions* options);
  void add_rope_theta(CLI::App* app, std::optional<float>* theta);
  void add_engine(CLI::App* app, EngineOptions* options);
  void add_sampling_defaults(CLI::App* app, SamplingOptions* options);
  void add_generation(CLI::App* app, GenerationOptions* options);
  void add_text(CLI::App* app);
  void add_report(CLI::App* app, ReportOptions* options);
  void add_run();
  void add_chat();
  void add_convert();
  void add_inspect();
  void add_tokenize();
  void add_eval();
  void add_selftest();

  const CLI::App* find_command(const std::string& name) const;
  void refuse_single_dashes(const CLI::App& chosen, const std::vector<std::string>& arguments) const;
  HelpText help_or_refusal(const CLI::ParseError& error, const std::vector<std::string>& arguments) const;
  [[noreturn]] void refuse_value(const CLI::ParseError& error, const std::vector<std::string>& arguments) const;
  [[noreturn]] void refuse_command(const std::string& word) const;

  CLI::App app_{kDescription, "thimble"};
  RawArguments raw_;
};

Parser::Parser() {
  app_.footer(kExamples);
  app_.set_version_flag("--version", version_text(), "Print the version, the commit and the kernels");
  app_.set_help_flag("-h,--help", "Print this help");
  app_.add_option("--reference", raw_.reference, "Print the manual page (man) or the completion of a shell")
      ->check(one_of({"man", "bash", "zsh", "fish"}))
      ->type_name("KIND");
  app_.require_subcommand(0, 1);
  app_.option_defaults()->take_last();  // as scripts that append a flag expect
  app_.allow_extras();
  add_run();
  add_chat();
  add_convert();
  add_inspect();
  add_tokenize();
  add_eval();
  add_selftest();
}

CLI::App* Parser::command(const char* name, const char* description, const char* footer) {
  CLI::App* app = app_.add_subcommand(name, description);
  app->footer(footer);
  app->allow_extras();  // refuse_leftovers() has better words
  return app;
}

void Parser::add_model(CLI::App* app, ModelOptions* options) {
  app->add_option("MODEL", raw_.positional_model, "A .thm file or a llama2.c checkpoint")->type_name(" ");
  app->add_option("-m,--model", raw_.model, "The same as MODEL")->type_name("FILE");
  app->add_option("--tokenizer", options->tokenizer, "tokenizer.bin or sentencepiece .model for a checkpoint")
      ->type_name("FILE");
  add_rope_theta(app, &options->rope_theta);
}

void Parser::add_rope_theta(CLI::App* app, std::optional<float>* theta) {
  app->add_option("--rope-theta", *theta, "Base of the rotary angles of a checkpoint [its table's, or 10000]")
      ->check(real(1, kMostTheta))
      ->type_name("X");
}

void Parser::add_engine(CLI::App* app, EngineOptions* options) {
  app->add_option("-c,--ctx-size", options->context, "Context in tokens; 0: the model's, or what runs here [0]")
      ->transform(whole(0, kMostContext))
      ->type_name("N");
  app->add_option("-b,--batch-size", options->batch, "Tokens read at once, 1 to 8; no effect on the result [8]")
      ->transform(whole(1, kMaxBatch))
      ->type_name("N");
  app->add_option("-t,--threads", raw_.threads, "Threads; no effect on the result; -1: as many as pay [-1]")
      ->type_name("N");
  app->add_option("--kv-type", raw_.kv_types, "Type of keys and values [i8; f32 for models in floats]")
      ->type_name("TYPE:{i8,f32}")
      ->allow_extra_args(false)
      ->take_all();
}

void Parser::add_sampling_defaults(CLI::App* app, SamplingOptions* options) {
  const auto add = [&](const char* name, auto& value, const CLI::Validator& range, const char* help) {
    app->add_option(name, value, help)->transform(range)->type_name("X")->group("Sampling");
  };
  add("--temp,--temperature", options->temperature, real(-kMost, kMost), "Temperature; 0: greedy [0.8]");
  add("--top-k", options->top_k, whole(-1, kMostWhole), "Choose among the K best; 0: 256, the most [40]");
  add("--top-p", options->top_p, real(kSmallest, 1), "Keep the best that make up this probability; 1: off [0.95]");
  add("--min-p", options->min_p, real(0, 0.999999), "Drop what is below this share of the best; 0: off [0.05]");
  add("--repeat-penalty", options->repeat_penalty, real(kSmallest, kMost), "Penalty on repetition; 1: off [1]");
}

void Parser::add_generation(CLI::App* app, GenerationOptions* options) {
  app->add_option("-n,--predict,--n-predict", options->predict,
                  "Tokens to generate; 0: only read the prompt; -1: until the context is full [-1]")
      ->transform(whole(-2, kMostTokens))
      ->type_name("N");
  SamplingOptions* sampling = &options->sampling;
  add_sampling_defaults(app, sampling);
  const auto add = [&](const char* name, auto& value, const CLI::Validator& range, const char* help) {
    app->add_option(name, value, help)->transform(range)->type_name("X")->group("Sampling");
  };
  add("--repeat-last-n", sampling->repeat_last_n, whole(-1, kMaxPenaltyWindow),
      "Tokens the penalties look back at; -1: 256 [64]");
  add("--presence-penalty", sampling->presence_penalty, real(-kMost, kMost),
      "Subtracted from the logit of a token seen before [0]");
  add("--frequency-penalty", sampling->frequency_penalty, real(-kMost, kMost), "Subtracted once per occurrence [0]");
  app->add_option("--logit-bias", raw_.logit_bias, "Add BIAS to the logit of token ID; repeatable")
      ->type_name("ID(+|-)BIAS")
      ->allow_extra_args(false)
      ->take_all()
      ->group("Sampling");
  app->add_option("-s,--seed", raw_.seed, "Seed; -1: random, printed on stderr [-1]")
      ->type_name("N")
      ->group("Sampling");
  app->add_option("-r,--stop,--reverse-prompt", options->stop, "Stop before this text; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->take_all();
  app->add_flag("--ignore-eos", options->ignore_eos, "Go on where the model ends its text");
}

void Parser::add_text(CLI::App* app) {
  app->add_option("-p,--prompt", raw_.prompt, "The text; else -f, else standard input")->type_name("TEXT");
  app->add_option("-f,--file", raw_.text_file, "Read the text from a file; -: standard input")->type_name("FILE");
  app->add_flag("-e,--escape,--escapes", raw_.escape, "Understand \\n, \\t, \\xNN in -p and --stop (default)");
  app->add_flag("--no-escape,--no-escapes", raw_.no_escape, "Take -p and --stop as they are");
}

void Parser::add_report(CLI::App* app, ReportOptions* options) {
  app->add_flag("-v,--verbose", options->verbose, "Show the memory plan, buffer by buffer");
  app->add_flag("-q,--quiet", options->quiet, "No seed, notes and timings on stderr");
  app->add_option("--color", raw_.color, "Whether to dim the prompt on stderr [auto]")
      ->check(one_of({"auto", "always", "never"}))
      ->type_name("WHEN");
}

void Parser::add_run() {
  CLI::App* app = command("run", "Generate text from a prompt", kRunExamples);
  add_model(app, &raw_.run.model);
  add_text(app);
  add_generation(app, &raw_.run.generation);
  add_engine(app, &raw_.run.engine);
  add_report(app, &raw_.run.report);
  app->add_flag("--echo", raw_.run.echo, "Write the prompt to stdout, too, before the text");
  app->add_flag("--no-display-prompt", raw_.no_display_prompt, "Do not show the prompt on a terminal");
  app->add_flag("--ids", raw_.run.ids, "Print all token ids on stderr at the end");
  app->add_flag("--hash", raw_.run.hash, "Print a hash of the logits, equal on every machine, on stderr");
}

void Parser::add_chat() {
  CLI::App* app = command("chat", "Talk with a model, turn after turn", kChatExamples);
  add_model(app, &raw_.chat.model);
  add_generation(app, &raw_.chat.generation);
  add_engine(app, &raw_.chat.engine);
  add_report(app, &raw_.chat.report);
  app->add_flag("--context-shift", raw_.chat.context_shift,
                "When the context is full, go on without the oldest turns; else a terminal is asked");
}

void Parser::add_convert() {
  CLI::App* app = command("convert", "Make a .thm file from a llama2.c checkpoint", kConvertExamples);
  app->add_option("IN", raw_.convert.input, "A llama2.c checkpoint, version 0, 1 or 2")->type_name(" ");
  app->add_option("OUT", raw_.convert.output, "The .thm file to write [IN with the ending .thm]")->type_name(" ");
  app->add_option("--type", raw_.weight_type, "Type of the weights [q8]")->type_name("TYPE:{q8,q4,mixed,f16,f32}");
  app->add_option("--tokenizer", raw_.convert.tokenizer, "tokenizer.bin or sentencepiece .model [beside IN]")
      ->type_name("FILE");
  add_rope_theta(app, &raw_.convert.rope_theta);
  app->add_option("--name", raw_.convert.name, "Name of the model [that of IN]")->type_name("TEXT");
  app->add_option("--license", raw_.convert.license, "Licence of the weights, SPDX, such as MIT")->type_name("TEXT");
  app->add_option("--prompt", raw_.convert.prompts, "An example prompt to store; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->take_all();
  app->add_option("--chat-template", raw_.convert.chat_template, "A pattern around {prompt}, for chat")
      ->type_name("TEXT");
  app->add_flag("-e,--escape,--escapes", raw_.escape,
                "Understand \\n, \\t, \\xNN in --chat-template and --prompt (default)");
  app->add_flag("--no-escape,--no-escapes", raw_.no_escape, "Take --chat-template and --prompt as they are");
  app->add_flag("-v,--verbose", raw_.convert.verbose, "Report the tensors of every layer");
  app->add_flag("-q,--quiet", raw_.convert.quiet, "No report and no progress on stderr");
  add_sampling_defaults(app, &raw_.convert.sampling);
}

void Parser::add_inspect() {
  CLI::App* app = command("inspect", "Show what is in a model and what memory it needs", kInspectExamples);
  add_model(app, &raw_.inspect.model);
  add_engine(app, &raw_.inspect.engine);
  app->add_flag("--tensors", raw_.inspect.tensors, "List every tensor");
  app->add_option("--fast", raw_.inspect.fast_blocks,
                  "Show what goes into a block of so much fast memory, the rest being read in place; repeatable")
      ->transform(bytes())
      ->type_name("BYTES")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_flag("--verify", raw_.inspect.verify, "Check every block and every weight; exit code 1 when one is bad");
}

void Parser::add_tokenize() {
  CLI::App* app = command("tokenize", "Show the tokens of a text, or the text of tokens", kTokenizeExamples);
  add_model(app, &raw_.tokenize.model);
  add_text(app);
  app->add_option("--decode", raw_.tokenize.decode, "Print the text of these ids instead")->type_name("IDS");
  app->add_flag("--no-bos", raw_.no_bos, "Without the token that begins a text");
  app->add_flag("--pieces", raw_.tokenize.pieces, "One line per token: id and piece");
  app->add_flag("--count", raw_.tokenize.count, "Print only how many tokens there are");
}

void Parser::add_eval() {
  CLI::App* app = command("eval", "Measure how well a model foresees a text", kEvalExamples);
  add_model(app, &raw_.eval.model);
  add_engine(app, &raw_.eval.engine);
  app->add_option("--text", raw_.eval.text, "Text to score; lines <|endoftext|> separate stories")->type_name("FILE");
  app->add_option("--stories,--limit", raw_.eval.limit, "Score only the first N stories; 0: all [0]")
      ->transform(whole(0, kMostTokens))
      ->type_name("N");
  app->add_option("--against", raw_.eval.against, "Compare with this model, position by position")->type_name("MODEL");
  app->add_flag("--hash", raw_.eval.hash, "Print a hash of all logits, equal on every machine");
  app->add_flag("-q,--quiet", raw_.eval.quiet, "No notes and no progress on stderr");
}

void Parser::add_selftest() {
  CLI::App* app = command("selftest", "Prove that this machine computes what every other one does", kSelftestExamples);
  add_model(app, &raw_.selftest.model);
  add_engine(app, &raw_.selftest.engine);
}

const CLI::App* Parser::find_command(const std::string& name) const {
  for (const CLI::App* command : app_.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

// "-temp 0.5" would be read as -t emp: say what was meant.
void Parser::refuse_single_dashes(const CLI::App& chosen, const std::vector<std::string>& arguments) const {
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const CLI::Option* before = chosen.get_option_no_throw(arguments[i - 1]);
    const bool is_value = before != nullptr && before->get_items_expected_min() > 0 && arguments[i - 1][0] == '-';
    if (is_value || word.size() < 3 || word[0] != '-' || word[1] == '-') continue;
    const std::string flag = "-" + word.substr(0, word.find('='));
    if (chosen.get_option_no_throw(flag) == nullptr) continue;
    throw UsageError(word + ": did you mean " + flag + "?");
  }
}

// "--predict" as the user spelled it last: "-n", "--n-predict".
std::string as_typed(const CLI::App& command, const std::string& flag, const std::vector<std::string>& arguments) {
  const CLI::Option* option = command.get_option_no_throw(flag);
  if (option == nullptr) return flag;
  for (auto word = arguments.rbegin(); word != arguments.rend(); ++word) {
    for (const std::string& name : option->get_lnames()) {
      if (word->substr(0, word->find('=')) == "--" + name) return "--" + name;
    }
    for (const std::string& name : option->get_snames()) {
      if (word->starts_with("-" + name)) return "-" + name;
    }
  }
  return flag;
}

HelpText Parser::help_or_refusal(const CLI::ParseError& error, const std::vector<std::string>& arguments) const {
  if (error.get_name() == "CallForHelp" || error.get_name() == "CallForAllHelp") {
    const CLI::App* chosen = raw_.command.empty() ? &app_ : find_command(raw_.command);
    return {chosen->help(raw_.command.empty() ? "" : "thimble"), true};
  }
  if (error.get_name() == "CallForVersion") return {std::string(error.what()) + "\n", true};
  refuse_value(error, arguments);
}

// What CLI11 says of a value, in words that name the flag and end in what would do.
void Parser::refuse_value(const CLI::ParseError& error, const std::vector<std::string>& arguments) const {
  const std::string what = error.what();
  const size_t flag_at = std::min(what.find("--"), what.size());
  const size_t flag_end = std::min(what.find_first_of(": ", flag_at), what.size());
  const CLI::App* chosen = raw_.command.empty() ? &app_ : find_command(raw_.command);
  const std::string flag = as_typed(*chosen, what.substr(flag_at, flag_end - flag_at), arguments);
  if (error.get_name() == "ArgumentMismatch") throw UsageError(flag + ": needs a value");
  if (error.get_name() == "ConversionError") throw UsageError(flag + ": takes no value");  // all others are checked
  throw UsageError(flag + what.substr(flag_end));
}

void Parser::refuse_command(const std::string& word) const {
  if (word.size() > 1 && word[0] == '-') throw UsageError(word + ": name a command first, as in: thimble run MODEL");
  if (host::exists(word)) throw UsageError(word + ": is not a command; did you mean: thimble run " + word + "?");
  std::vector<std::string> names;
  for (const CLI::App* command : app_.get_subcommands(nullptr)) names.push_back(command->get_name());
  const std::string meant = nearest(word, names);
  throw UsageError(word + ": no such command" +
                   (meant.empty() ? "; see: thimble --help" : "; did you mean thimble " + meant + "?"));
}

Request Parser::parse(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return HelpText{app_.help(), false};
  const Rewritten rewritten = apply_habits(arguments);
  const CLI::App* chosen = find_command(rewritten.arguments[0]);
  if (chosen != nullptr) {
    raw_.command = chosen->get_name();
    refuse_single_dashes(*chosen, rewritten.arguments);
  }
  try {
    app_.parse(std::vector<std::string>(rewritten.arguments.rbegin(), rewritten.arguments.rend()));  // from the back
  } catch (const CLI::ParseError& error) {
    return help_or_refusal(error, rewritten.arguments);
  }
  if (!raw_.reference.empty()) return HelpText{reference(command_table(app_), raw_.reference), true};
  if (chosen == nullptr) refuse_command(rewritten.arguments[0]);
  raw_.notes = rewritten.notes;
  raw_.leftovers = chosen->remaining();
  for (const CLI::Option* option : chosen->get_options()) {
    for (const std::string& name : option->get_lnames()) raw_.long_flags.push_back("--" + name);
  }
  const CLI::Option* prompt = chosen->get_option_no_throw("--prompt");
  raw_.has_prompt = prompt != nullptr && prompt->count() > 0;
  const CLI::Option* decode = chosen->get_option_no_throw("--decode");
  raw_.tokenize.decoding = decode != nullptr && decode->count() > 0;
  raw_.words = arguments;
  return make_request(raw_);
}

}  // namespace

Request parse_arguments(int argc, const char* const* argv) {
  return Parser().parse(std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace thimble::cli
