// thimble chat: turn after turn over one context.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/conversation.h"
#include "apps/cli/errors.h"
#include "apps/cli/generation.h"
#include "apps/cli/message_reader.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble chat stories.thm\n"
    "  printf 'One day\\nThen\\n' | thimble chat stories.thm -q -n 30\n\n"
    "/help inside the chat lists its commands. A model with a chat template answers; one without goes on with the\n"
    "text you type. Each answer on stdout ends with a newline; prompts and questions go to stderr.\n\n"
    "On a terminal, lines can be edited: the cursor keys and Ctrl-R bring back what was typed in this chat, which is\n"
    "kept nowhere else. Ctrl-C stops an answer; at the prompt it drops the line, and twice it leaves.\n\n"
    "When the context is full, the chat asks whether to go on without the oldest turns, as many as must go until a\n"
    "quarter of the context is free for the answer. Piped input cannot be asked: the chat says that the context is\n"
    "full, or with --context-shift goes on.\n";

constexpr const char* kHelp =
    "/bye, /exit        leave (so does Ctrl-D)\n"
    "/clear             forget the conversation\n"
    "/set NAME VALUE    temp, top-k, top-p, min-p, repeat-penalty, seed, n (tokens per answer)\n"
    "/show              the model, the settings, and how full the context is\n"
    "/stats             time and memory of the last answer\n"
    "\"\"\"                begins and ends a message of several lines\n"
    "Ctrl-C             stops the answer; at the prompt, twice: leaves\n"
    "When the context is full, the chat offers to go on without the oldest turns.";

constexpr size_t kLongestWord = 1u << 16;  // bytes without a space in one message; costs tokenizer workspace
constexpr uint32_t kAnswerShare = 4;       // turns are dropped until this part of the context is free for an answer,
                                           // which also keeps it from being read again for every message

// --- /set and /show -------------------------------------------------------------------------------------------------

struct Setting {
  const char* name;
  double low;
  double high;
  void (*store)(GenerationOptions& options, double value);
};

constexpr double kMaxWhole = 9007199254740992.0;  // 2^53: whole numbers up to here survive as double
constexpr double kMaxPenalty = 1e6;               // keeps nonsense out, like the command line

constexpr std::array kSettings = {
    Setting{"temp", 0, kMaxPenalty,
            [](GenerationOptions& o, double v) { o.sampling.temperature = static_cast<float>(v); }},
    Setting{"top-k", 0, kMaxPenalty, [](GenerationOptions& o, double v) { o.sampling.top_k = static_cast<int>(v); }},
    Setting{"top-p", 1e-4, 1, [](GenerationOptions& o, double v) { o.sampling.top_p = static_cast<float>(v); }},
    Setting{"min-p", 0, 0.999999, [](GenerationOptions& o, double v) { o.sampling.min_p = static_cast<float>(v); }},
    Setting{"repeat-penalty", 1e-4, kMaxPenalty,
            [](GenerationOptions& o, double v) { o.sampling.repeat_penalty = static_cast<float>(v); }},
    Setting{"seed", 0, kMaxWhole, [](GenerationOptions& o, double v) { o.sampling.seed = static_cast<uint64_t>(v); }},
    Setting{"n", -1, kMaxWhole, [](GenerationOptions& o, double v) { o.predict = static_cast<int64_t>(v); }},
};

// Names as other programs spell them.
std::string canonical(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "temperature") return "temp";
  if (name == "num-predict" || name == "predict") return "n";
  return name;
}

std::string apply_setting(std::string_view words, GenerationOptions* options) {
  std::istringstream in{std::string(words)};
  std::string name;
  std::string value;
  in >> name;
  if (name == "parameter") in >> name;
  in >> value;
  name = canonical(name);
  const auto* const setting =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return name == s.name; });
  if (setting == kSettings.end()) {
    std::string names;
    for (const Setting& s : kSettings) names += std::string(names.empty() ? "" : ", ") + s.name;
    return "/set NAME VALUE, where NAME is one of " + names;
  }
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !(number >= setting->low && number <= setting->high)) {
    return format("/set %s: give a number from %.10g to %.10g", setting->name, setting->low, setting->high);
  }
  setting->store(*options, number);
  return name + " is now " + value;
}

std::string describe_settings(const SamplerParams& p, int64_t predict) {
  std::string text =
      format("temp %g, top-k %u, top-p %g, min-p %g, repeat-penalty %g, seed %llu", static_cast<double>(p.temperature),
             p.top_k, static_cast<double>(p.top_p), static_cast<double>(p.min_p), static_cast<double>(p.repeat_penalty),
             static_cast<unsigned long long>(p.seed));
  if (predict >= 0) text += ", n " + std::to_string(predict);
  return text;
}

// --- the conversation -----------------------------------------------------------------------------------------------

class Chat {
 public:
  Chat(Generation& generation, ChatTemplate chat_template, bool context_shift)
      : generation_(generation),
        conversation_(generation.generator(), generation.context(), std::move(chat_template)),
        context_shift_(context_shift) {}

  // Until the user leaves. Returns the exit code.
  int run();

 private:
  bool run_command(std::string_view command);
  void show() const;
  void answer(const std::string& message);
  bool begin_turn(const std::string& message);
  void generate_answer();
  bool make_room(size_t wanted, size_t kept);
  void report_full_context() const;

  Generator& generator() { return generation_.generator(); }
  uint32_t context() const { return generation_.context(); }

  Generation& generation_;
  Conversation conversation_;
  MessageReader messages_;
  bool context_shift_;
};

int Chat::run() {
  std::string message;
  for (;;) {
    const MessageReader::Result result = messages_.next(&message);
    if (result == MessageReader::Result::kInterrupted) return host::kInterruptedExit;
    if (result == MessageReader::Result::kEnd) return 0;
    const std::string_view words = strip(message);
    if (words.front() != '/') {
      answer(message);
    } else if (!run_command(words)) {
      return 0;
    }
  }
}

// False to leave.
bool Chat::run_command(std::string_view command) {
  const size_t space = std::min(command.find(' '), command.size());
  const std::string_view name = command.substr(0, space);
  if (name == "/bye" || name == "/exit" || name == "/quit") return false;
  if (name == "/clear") {
    conversation_.clear();
    write_note("(forgotten)");
  } else if (name == "/set") {
    write_note(apply_setting(strip(command.substr(space)), &generation_.options()));
  } else if (name == "/show") {
    show();
  } else if (name == "/stats") {
    generation_.write_summary();
  } else {
    if (name != "/help" && name != "/?") write_note("no such command: " + visible(name, false));
    write_note(kHelp);
  }
  return true;
}

void Chat::show() const {
  write_note(format("%s, context %u", generation_.loaded().path.c_str(), context()));
  write_note(describe_settings(generation_.sampler_params(), generation_.options().predict));
  write_note(format("turns %zu, tokens %zu", conversation_.turns(), conversation_.tokens()));
}

void Chat::answer(const std::string& message) {
  if (begin_turn(message) && generation_.options().predict != 0) generate_answer();
  generation_.loaded().file.check_unchanged();
  host::clear_interrupt();
}

// False where there is nothing to answer, which the user has been told.
bool Chat::begin_turn(const std::string& message) {
  const size_t tokens = conversation_.tokens_of(message);
  if (tokens > context()) {
    write_note(format("(this is %zu tokens, more than the context of %u: shorten it)", tokens, context()));
    return false;
  }
  const auto read = [&] { return generation_.read([&] { return conversation_.begin_turn(message); }); };
  Status status = read();
  if (status.code() == Code::kContextFull && make_room(tokens, 0)) status = read();
  if (status.code() == Code::kContextFull) {
    report_full_context();
    return false;
  }
  if (!status.ok()) {
    write_note("thimble: message: " + describe(status));
    return false;
  }
  if (generator().finish_reason() != FinishReason::kCancelled) return true;
  write_note("(stopped: the message was not read)");
  return false;
}

void Chat::generate_answer() {
  GeneratedText out;
  do {
    generation_.generate([&](std::string_view piece) { out.write(piece); });
    out.end();
  } while (generator().finish_reason() == FinishReason::kContextFull && make_room(0, 1));
  out.end_line();
  check(generator().status(), generation_.loaded().path);
  if (generator().finish_reason() == FinishReason::kContextFull) report_full_context();
}

// Once the context is full: drops oldest turns, all but the newest `kept`, until `wanted` tokens and an answer find
// room. Asks first, unless told to on the command line. False where nothing was dropped.
bool Chat::make_room(size_t wanted, size_t kept) {
  const size_t turns = conversation_.turns();
  const size_t count = conversation_.turns_in_the_way(wanted + context() / kAnswerShare, kept);
  if (count == 0) return false;
  const std::string which = count == 1 ? "the oldest turn" : format("the %zu oldest turns", count);
  if (!context_shift_ &&
      !messages_.confirm(format("The context of %u tokens is full. Go on without %s?", context(), which.c_str()))) {
    return false;
  }
  check(conversation_.drop_oldest(count), generation_.loaded().path);
  write_note(format("(dropped %s of %zu)", which.c_str(), turns));
  return true;
}

void Chat::report_full_context() const {
  std::string note = format("(the context of %u tokens is full: /clear starts over", context());
  if (context() < generation_.loaded().model.config().max_context) note += "; a larger -c holds more";
  if (!context_shift_ && !messages_.attended()) note += "; --context-shift goes on without the oldest turns";
  write_note(note + ")");
}

// --- the command ----------------------------------------------------------------------------------------------------

class ChatCommand : public Command {
 public:
  explicit ChatCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  ChatTemplate read_template(const Model& model) const;

  ModelOptions model_;
  GenerationOptions generation_;
  EngineOptions engine_;
  ReportOptions report_;
  bool context_shift_ = false;
};

ChatCommand::ChatCommand(CLI::App& app) {
  model_.declare(app);
  generation_.declare(app);
  engine_.declare(app);
  engine_.declare_streaming(app);
  report_.declare(app);
  add_flag(app, "--context-shift", &context_shift_,
           "When the context is full, go on without the oldest turns; else a terminal is asked");
}

int ChatCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  model_.check_or_use_shipped(invocation.command, &notes);
  engine_.check(&notes);
  generation_.check(true);

  Generation generation(engine_.streamed ? open_streamed(model_) : load_model_to_run(model_), generation_, engine_,
                        report_, notes, kLongestWord);
  generation.write_opening();
  Chat chat(generation, read_template(generation.loaded().model), context_shift_);
  host::catch_interrupts();
  return chat.run();
}

ChatTemplate ChatCommand::read_template(const Model& model) const {
  const std::string_view pattern = model.about_text("chat.template");
  if (ChatTemplate::is_valid(pattern)) return ChatTemplate(pattern);
  if (!report_.quiet) {
    write_note(std::string(pattern.empty() ? "This model has no chat template"
                                           : "This model's chat template lacks {prompt}, or has it twice") +
               ": it goes on with the text you type. /help shows the commands.");
  }
  return {};
}

}  // namespace

const CommandInfo kChat = {"chat", "Talk with a model, turn after turn", kExamples, declare_command<ChatCommand>};

}  // namespace thimble::cli
