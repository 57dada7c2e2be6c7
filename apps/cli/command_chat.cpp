// thimble chat: turn after turn over one context.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/chat_settings.h"
#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output.h"
#include "apps/cli/plan_table.h"
#include "apps/cli/sampling.h"
#include "apps/cli/session.h"
#include "apps/cli/summary.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr size_t kLongestWord = 1u << 16;  // bytes without a space in one message; costs tokenizer workspace
constexpr std::string_view kPlace = "{prompt}";
constexpr std::string_view kFence = "\"\"\"";
constexpr const char* kHelp =
    "/bye, /exit        leave (so does Ctrl-D)\n"
    "/clear             forget the conversation\n"
    "/set NAME VALUE    temp, top-k, top-p, min-p, repeat-penalty, seed, n (tokens per answer)\n"
    "/show              the model and the settings\n"
    "/stats             time and memory of the last answer\n"
    "\"\"\"                begins and ends a message of several lines\n"
    "Ctrl-C             stops the answer; twice: leaves";

class Chat {
 public:
  explicit Chat(const ChatOptions& options);
  int talk();

 private:
  void restart();
  void keep_conversation();
  bool read_message(std::string* message);
  bool read_rest(std::string* message);
  bool obey(std::string_view command);
  void set(std::string_view words);
  void answer(const std::string& message);
  Status begin_turn(const std::string& message);
  void tell();
  void say_context_is_full() const;

  GenerationOptions generation_;
  LoadedModel loaded_;
  std::vector<std::string_view> stops_;
  std::string template_;  // empty: none
  std::optional<Session> session_;
  std::optional<Generator> generator_;
  bool started_ = false;
  Timings timings_;
  host::LineReader reader_;
  bool interactive_ = host::is_terminal(host::Stream::kIn);
};

Chat::Chat(const ChatOptions& options)
    : generation_(options.generation),
      loaded_(load_model(options.model)),
      stops_(options.generation.stop.begin(), options.generation.stop.end()),
      template_(loaded_.model.about_text("chat.template")) {
  std::vector<std::string> notes = loaded_.notes;
  notes.insert(notes.end(), options.report.notes.begin(), options.report.notes.end());
  PlanOptions plan = plan_options(loaded_.model, options.engine, kLongestWord, &notes);
  write_notes(notes, options.report);
  if (template_.find(kPlace) == std::string::npos) template_.clear();
  for (const std::string_view stop : stops_) plan.max_stop_bytes += static_cast<uint32_t>(stop.size());
  session_.emplace(loaded_.model, plan, loaded_.path);
  if (options.report.verbose) write_note(plan_table(session_->plan()));
  if (!generation_.sampling.seed) generation_.sampling.seed = host::random_seed();
  if (!options.report.quiet) write_note("seed       " + std::to_string(*generation_.sampling.seed));
  if (template_.empty() && !options.report.quiet) {
    write_note("This model has no chat template: it goes on with the text you type. /help shows the commands.");
  }
  restart();
}

// A generator with the settings of now, and nothing said yet.
void Chat::restart() {
  GeneratorParams params;
  const uint32_t context = session_->engine().context();
  params.sampler = resolve_sampling(generation_.sampling, loaded_.model, context, *generation_.sampling.seed);
  params.max_tokens = static_cast<uint32_t>(std::clamp<int64_t>(generation_.predict, 0, context));
  params.ignore_eos = generation_.ignore_eos;
  params.stop_strings = stops_;
  generator_.emplace(session_->engine(), params);
  started_ = false;
}

// Settings are a generator's for life: a new one reads the conversation again.
void Chat::keep_conversation() {
  const std::vector<uint32_t> tokens(generator_->tokens().begin(), generator_->tokens().end());
  const bool had_begun = started_;
  restart();
  if (!had_begun) return;
  started_ = generator_->start_tokens(tokens).ok();
  if (!started_) say_context_is_full();
}

int Chat::talk() {
  std::string message;
  while (read_message(&message)) {
    const std::string_view words = strip(message);
    if (words.empty()) continue;
    if (words.front() == '/') {
      if (!obey(words)) break;
    } else {
      answer(message);
    }
  }
  return 0;
}

// False at the end of the input.
bool Chat::read_message(std::string* message) {
  if (interactive_) std::fputs("> ", stderr);
  for (;;) {
    const host::LineReader::Result result = reader_.next(message);
    if (result == host::LineReader::Result::kInterrupted) {
      write_note("\n(Ctrl-C again, or /bye, to leave)");
      if (interactive_) std::fputs("> ", stderr);
      continue;
    }
    if (result == host::LineReader::Result::kEnd) {
      if (interactive_) std::fputc('\n', stderr);
      return false;
    }
    host::clear_interrupt();
    break;
  }
  return std::string_view(*message).substr(0, kFence.size()) != kFence || read_rest(message);
}

// The lines up to the closing fence; the end of the input closes it too.
bool Chat::read_rest(std::string* message) {
  std::string text = message->substr(kFence.size());
  std::string line;
  for (;;) {
    const size_t fence = text.rfind(kFence);
    if (fence != std::string::npos && strip(std::string_view(text).substr(fence + kFence.size())).empty()) {
      text.resize(fence);
      break;
    }
    if (interactive_) std::fputs(". ", stderr);
    const host::LineReader::Result result = reader_.next(&line);
    if (result == host::LineReader::Result::kEnd) break;
    if (result == host::LineReader::Result::kInterrupted) {
      write_note("\n(message dropped)");
      text.clear();
      break;
    }
    text += (text.empty() ? "" : "\n") + line;
  }
  *message = text;
  return true;
}

// False to leave.
bool Chat::obey(std::string_view command) {
  const size_t space = std::min(command.find(' '), command.size());
  const std::string_view name = command.substr(0, space);
  if (name == "/bye" || name == "/exit" || name == "/quit") return false;
  if (name == "/clear") {
    restart();
    write_note("(forgotten)");
  } else if (name == "/set") {
    set(strip(command.substr(space)));
  } else if (name == "/show") {
    write_note(format("%s, context %u", loaded_.path.c_str(), session_->engine().context()));
    const SamplerParams params =
        resolve_sampling(generation_.sampling, loaded_.model, session_->engine().context(), *generation_.sampling.seed);
    write_note(describe_settings(params, generation_.predict));
  } else if (name == "/stats") {
    write_summary(timings_, session_->plan(), generator_->finish_reason());
  } else {
    if (name != "/help" && name != "/?") write_note("no such command: " + visible(name, false));
    write_note(kHelp);
  }
  return true;
}

void Chat::set(std::string_view words) {
  bool changed = false;
  write_note(apply_setting(words, &generation_, &changed));
  if (changed) keep_conversation();
}

void Chat::answer(const std::string& message) {
  const double start = host::monotonic_seconds();
  const Status status = begin_turn(message);
  if (status.code() == Code::kContextFull) return say_context_is_full();
  if (!status.ok()) return write_note("thimble: message: " + describe(status));
  timings_ = {loaded_.load_seconds, host::monotonic_seconds() - start, 0, generator_->prompt_tokens(), 0};
  if (generation_.predict != 0) tell();
  check(generator_->status(), loaded_.path);
  host::clear_interrupt();
  if (generator_->finish_reason() == FinishReason::kContextFull) say_context_is_full();
}

Status Chat::begin_turn(const std::string& message) {
  std::string text = message;
  EncodeOptions encode;
  if (!template_.empty()) {
    text = template_;
    text.replace(text.find(kPlace), kPlace.size(), message);
    encode.parse_control = true;
    const std::string_view bos = loaded_.tokenizer.name(loaded_.tokenizer.bos());
    encode.add_bos = bos.empty() || text.compare(0, bos.size(), bos) != 0;  // it may be written out
  }
  if (started_) {
    encode.add_bos = false;
    encode.add_space = template_.empty();
    return generator_->append(text, encode);
  }
  const Status status = generator_->start(text, encode);
  started_ = status.ok();
  return status;
}

void Chat::tell() {
  GeneratedText out;
  const double start = host::monotonic_seconds();
  while (const Piece piece = generator_->next()) {
    out.write(piece.text());
    if (host::interrupted()) generator_->cancel();
  }
  timings_.generate_seconds = host::monotonic_seconds() - start;
  timings_.generated_tokens = generator_->generated_tokens();
  out.end_line();
}

void Chat::say_context_is_full() const {
  const uint32_t context = session_->engine().context();
  if (!started_) return write_note(format("(this is more than the context of %u tokens: shorten it)", context));
  const bool can_grow = context < loaded_.model.config().max_context;
  write_note(format("(the context of %u tokens is full: /clear starts over%s)", context,
                    can_grow ? ", or begin again with a larger -c" : ""));
}

}  // namespace

int chat(const ChatOptions& options) {
  Chat chat(options);
  host::catch_interrupts();
  return chat.talk();
}

}  // namespace thimble::cli
