// thimble chat: turn after turn over one context.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/chat_settings.h"
#include "apps/cli/commands.h"
#include "apps/cli/conversation.h"
#include "apps/cli/errors.h"
#include "apps/cli/message_reader.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output.h"
#include "apps/cli/plan_table.h"
#include "apps/cli/prompt_watch.h"
#include "apps/cli/sampling.h"
#include "apps/cli/session.h"
#include "apps/cli/summary.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr size_t kLongestWord = 1u << 16;  // bytes without a space in one message; costs tokenizer workspace
constexpr uint32_t kAnswerShare = 4;       // turns are dropped until this part of the context is free for an answer,
                                           // which also keeps it from being read again for every message
constexpr const char* kHelp =
    "/bye, /exit        leave (so does Ctrl-D)\n"
    "/clear             forget the conversation\n"
    "/set NAME VALUE    temp, top-k, top-p, min-p, repeat-penalty, seed, n (tokens per answer)\n"
    "/show              the model, the settings, and how full the context is\n"
    "/stats             time and memory of the last answer\n"
    "\"\"\"                begins and ends a message of several lines\n"
    "Ctrl-C             stops the answer; at the prompt, twice: leaves\n"
    "When the context is full, the chat offers to go on without the oldest turns.";

class Chat {
 public:
  explicit Chat(const ChatOptions& options);
  int talk();

 private:
  ChatTemplate read_template(const ReportOptions& report) const;
  GeneratorParams generator_params(size_t answered);
  bool obey(std::string_view command);
  void show();
  void answer(const std::string& message);
  bool begin_turn(const std::string& message);
  void tell();
  bool make_room(size_t wanted, size_t kept);
  void say_context_is_full() const;

  Generator& generator() { return conversation_->generator(); }
  uint32_t context() const { return session_->engine().context(); }

  GenerationOptions generation_;
  bool context_shift_;
  LoadedModel loaded_;
  std::vector<std::string_view> stops_;
  PromptWatch watch_;
  std::optional<Session> session_;
  std::optional<Conversation> conversation_;
  MessageReader messages_;
  Timings timings_;
};

Chat::Chat(const ChatOptions& options)
    : generation_(options.generation),
      context_shift_(options.context_shift),
      loaded_(load_model(options.model)),
      stops_(generation_.stop.begin(), generation_.stop.end()),
      watch_(!options.report.quiet) {
  std::vector<std::string> notes = loaded_.notes;
  notes.insert(notes.end(), options.report.notes.begin(), options.report.notes.end());
  PlanOptions plan = plan_options(loaded_.model, options.engine, kLongestWord, &notes);
  write_notes(notes, options.report);
  for (const std::string_view stop : stops_) plan.max_stop_bytes += static_cast<uint32_t>(stop.size());
  session_.emplace(loaded_.model, plan, loaded_.path);
  if (options.report.verbose) write_note(plan_table(session_->plan()));
  if (!generation_.sampling.seed) generation_.sampling.seed = host::random_seed();
  if (!options.report.quiet) write_note("seed       " + std::to_string(*generation_.sampling.seed));
  conversation_.emplace(session_->engine(), generator_params(0), read_template(options.report));
  watch_.watch(&generator());
}

ChatTemplate Chat::read_template(const ReportOptions& report) const {
  const std::string_view pattern = loaded_.model.about_text("chat.template");
  if (ChatTemplate::is_valid(pattern)) return ChatTemplate(pattern);
  if (!report.quiet) {
    write_note(std::string(pattern.empty() ? "This model has no chat template"
                                           : "This model's chat template lacks {prompt}, or has it twice") +
               ": it goes on with the text you type. /help shows the commands.");
  }
  return {};
}

// The settings of now, for an answer of which so many tokens are there already.
GeneratorParams Chat::generator_params(size_t answered) {
  GeneratorParams params;
  params.sampler = resolve_sampling(generation_.sampling, loaded_.model, context(), *generation_.sampling.seed);
  if (generation_.predict > 0) {
    const int64_t left = generation_.predict - static_cast<int64_t>(answered);
    params.max_tokens = static_cast<uint32_t>(std::clamp<int64_t>(left, 1, UINT32_MAX));
  }
  params.ignore_eos = generation_.ignore_eos;
  params.stop_strings = stops_;
  params.on_prompt = watch_.callback();
  return params;
}

int Chat::talk() {
  std::string message;
  for (;;) {
    const MessageReader::Result result = messages_.next(&message);
    if (result == MessageReader::Result::kInterrupted) return host::kInterruptedExit;
    if (result == MessageReader::Result::kEnd) return 0;
    const std::string_view words = strip(message);
    if (words.front() != '/') {
      answer(message);
    } else if (!obey(words)) {
      return 0;
    }
  }
}

// False to leave.
bool Chat::obey(std::string_view command) {
  const size_t space = std::min(command.find(' '), command.size());
  const std::string_view name = command.substr(0, space);
  if (name == "/bye" || name == "/exit" || name == "/quit") return false;
  if (name == "/clear") {
    conversation_->forget();
    write_note("(forgotten)");
  } else if (name == "/set") {
    write_note(apply_setting(strip(command.substr(space)), &generation_));
  } else if (name == "/show") {
    show();
  } else if (name == "/stats") {
    write_summary(timings_, session_->plan(), generator().finish_reason());
  } else {
    if (name != "/help" && name != "/?") write_note("no such command: " + visible(name, false));
    write_note(kHelp);
  }
  return true;
}

void Chat::show() {
  write_note(format("%s, context %u", loaded_.path.c_str(), context()));
  write_note(describe_settings(generator_params(0).sampler, generation_.predict));
  write_note(format("turns %zu, tokens %zu", conversation_->turns(), conversation_->tokens()));
}

void Chat::answer(const std::string& message) {
  if (begin_turn(message) && generation_.predict != 0) tell();
  loaded_.file.check_unchanged();
  host::clear_interrupt();
}

// False where there is nothing to answer, which the user has been told.
bool Chat::begin_turn(const std::string& message) {
  const size_t tokens = conversation_->tokens_of(message);
  if (tokens > context()) {
    write_note(format("(this is %zu tokens, more than the context of %u: shorten it)", tokens, context()));
    return false;
  }
  double start = host::monotonic_seconds();
  Status status = conversation_->begin_turn(message);
  if (status.code() == Code::kContextFull && make_room(tokens, 0)) {
    start = host::monotonic_seconds();
    status = conversation_->begin_turn(message);
  }
  if (status.code() == Code::kContextFull) {
    say_context_is_full();
    return false;
  }
  if (!status.ok()) {
    write_note("thimble: message: " + describe(status));
    return false;
  }
  timings_ = {loaded_.load_seconds, host::monotonic_seconds() - start, 0, generator().prompt_tokens(), 0};
  if (generator().finish_reason() != FinishReason::kCancelled) return true;
  write_note("(stopped: the message was not read)");
  return false;
}

void Chat::tell() {
  GeneratedText out;
  do {
    check(generator().set_params(generator_params(timings_.generated_tokens)), "settings");
    const double start = host::monotonic_seconds();
    while (const Piece piece = generator().next()) {
      out.write(piece.text());
      if (host::interrupted()) generator().cancel();
    }
    timings_.generate_seconds += host::monotonic_seconds() - start;
    timings_.generated_tokens += generator().generated_tokens();
    out.end();
  } while (generator().finish_reason() == FinishReason::kContextFull && make_room(0, 1));
  out.end_line();
  check(generator().status(), loaded_.path);
  if (generator().finish_reason() == FinishReason::kContextFull) say_context_is_full();
}

// Once the context is full: drops oldest turns, all but the newest `kept`, until `wanted` tokens and an answer find
// room. Asks first, unless told to on the command line. False where nothing was dropped.
bool Chat::make_room(size_t wanted, size_t kept) {
  const size_t turns = conversation_->turns();
  const size_t count = conversation_->turns_in_the_way(wanted + context() / kAnswerShare, kept);
  if (count == 0) return false;
  const std::string which = count == 1 ? "the oldest turn" : format("the %zu oldest turns", count);
  if (!context_shift_ &&
      !messages_.confirm(format("The context of %u tokens is full. Go on without %s?", context(), which.c_str()))) {
    return false;
  }
  check(conversation_->drop_oldest(count), loaded_.path);
  write_note(format("(dropped %s of %zu)", which.c_str(), turns));
  return true;
}

void Chat::say_context_is_full() const {
  std::string note = format("(the context of %u tokens is full: /clear starts over", context());
  if (context() < loaded_.model.config().max_context) note += "; a larger -c holds more";
  if (!context_shift_ && !messages_.attended()) note += "; --context-shift goes on without the oldest turns";
  write_note(note + ")");
}

}  // namespace

int chat(const ChatOptions& options) {
  Chat chat(options);
  host::catch_interrupts();
  return chat.talk();
}

}  // namespace thimble::cli
