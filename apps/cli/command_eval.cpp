// thimble eval: how well a model foresees a text, in nats per token, and how far it is from another model.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/scoring.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble eval stories.thm --text stories.txt --stories 200\n"
    "  thimble eval small.thm --text stories.txt --against stories.thm\n"
    "  thimble eval q8.thm --text stories.txt --against stories260K.bin --tokenizer tok512.bin\n\n"
    "A text with lines <|endoftext|> is scored story by story: stripped, BOS first, cut at the context, every next\n"
    "token counted. A text without is cut into windows as long as the context, each with BOS first. --kv-type is that "
    "of\n"
    "MODEL; the model of --against has the kv cache of its own type of weights.\n";

constexpr size_t kNoTextHere = 0;  // the engine's own tokenizer workspace is not used

// One model under examination.
struct Subject {
  Subject(LoadedModel model, const PlanOptions& plan, bool keep_logits)
      : loaded(std::move(model)),
        session(loaded.model, plan, loaded.path),
        scores(loaded.model.config().vocab_size, keep_logits) {}

  // Runs `tokens`, whose successors are `targets`.
  void score(std::span<const uint32_t> tokens, std::span<const uint32_t> targets, LogitsHash* hash) {
    scores.begin(targets, hash);
    const LogitsSink sink = scores.sink();
    check(session.engine().forward(tokens, LogitsOf::kAll, &sink), loaded.path);
  }

  LoadedModel loaded;
  Session session;
  BatchScores scores;
  double nats = 0;
};

struct Totals {
  uint64_t tokens = 0;
  uint64_t texts = 0;
  double divergence = 0;
  uint64_t same_top = 0;
};

void score_sequence(std::span<const uint32_t> ids, Subject& subject, Subject* reference, LogitsHash* hash,
                    Totals* totals) {
  check(subject.session.engine().rewind(0), subject.loaded.path);
  if (reference != nullptr) check(reference->session.engine().rewind(0), reference->loaded.path);
  for (size_t at = 0; at + 1 < ids.size(); at += kMaxBatch) {
    const size_t count = std::min<size_t>(kMaxBatch, ids.size() - 1 - at);
    const auto tokens = ids.subspan(at, count);
    const auto targets = ids.subspan(at + 1, count);
    subject.score(tokens, targets, hash);
    if (reference != nullptr) reference->score(tokens, targets, nullptr);
    for (size_t i = 0; i < count; ++i) {
      subject.nats += subject.scores.nats(i);
      if (reference == nullptr) continue;
      reference->nats += reference->scores.nats(i);
      const Divergence apart = compare(subject.scores, reference->scores, i);
      totals->divergence += apart.nats;
      totals->same_top += apart.same_top ? 1 : 0;
    }
    totals->tokens += count;
  }
  ++totals->texts;
}

// What is given for a checkpoint is of no use where there is none.
void check_options_are_needed(const ModelOptions& options, const LoadedModel& model, const LoadedModel& reference) {
  if (!model.source_format.empty() || !reference.source_format.empty()) return;
  const auto refuse = [](const std::string& what) {
    throw UsageError(what + ": both models have their own; leave it out");
  };
  if (!options.tokenizer.empty()) refuse("--tokenizer " + options.tokenizer);
  if (options.rope_theta) refuse("--rope-theta");
}

void check_comparable(const LoadedModel& model, const LoadedModel& reference) {
  const auto a = model.model.vocabulary();
  const auto b = reference.model.vocabulary();
  if (std::equal(a.begin(), a.end(), b.begin(), b.end())) return;
  throw Failure(reference.path + ": its vocabulary is not that of " + model.path + "; compare models that share one");
}

void print_line(const char* label, const std::string& value) {
  write_product(format("%-12s %s\n", label, value.c_str()));
}

// "q8 weights, i8 kv cache"
std::string types_of(const Subject& subject) {
  const std::string weights(subject.loaded.model.about_text("weights.type"));
  const char* kv_type = kv_type_name(subject.session.plan().options.kv_type);
  return (weights.empty() ? "" : weights + " weights, ") + kv_type + " kv cache";
}

void print_score(const char* label, const Subject& subject, uint64_t tokens) {
  const double mean = subject.nats / static_cast<double>(tokens);
  print_line(label, format("%.5f nats/token, perplexity %.4f", mean, std::exp(mean)));
}

void print_results(const Subject& subject, const Subject* reference, const Totals& totals) {
  print_line("types", types_of(subject));
  print_line("texts", std::to_string(totals.texts));
  print_line("tokens", std::to_string(totals.tokens));
  print_score("score", subject, totals.tokens);
  if (reference == nullptr) return;
  const auto tokens = static_cast<double>(totals.tokens);
  print_score("against", *reference, totals.tokens);
  print_line("divergence", format("%.6f nats, mean of KL(against || model)", totals.divergence / tokens));
  print_line("same top-1", format("%.3f %%", 100 * static_cast<double>(totals.same_top) / tokens));
}

class EvalCommand : public Command {
 public:
  explicit EvalCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  void load_subjects(std::optional<Subject>* subject, std::optional<Subject>* reference, Notes* notes) const;

  ModelOptions model_;
  EngineOptions engine_;
  std::string text_;
  uint64_t limit_ = 0;   // stories; 0: all
  std::string against_;  // empty: none
  bool hash_ = false;
  bool quiet_ = false;
};

EvalCommand::EvalCommand(CLI::App& app) {
  model_.declare(app);
  engine_.declare(app);
  add_text(app, "--text", &text_, "FILE", "Text to score; lines <|endoftext|> separate stories");
  add_whole(app, "--stories,--limit", &limit_, 0, UINT32_MAX, "N", "Score only the first N stories; 0: all [0]");
  add_text(app, "--against", &against_, "MODEL", "Compare with this model, position by position");
  add_flag(app, "--hash", &hash_, "Print a hash of all logits, equal on every machine");
  add_flag(app, "-q,--quiet", &quiet_, "No notes and no progress on stderr");
}

int EvalCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  model_.check(invocation.command);
  if (text_.empty()) throw UsageError("no text to score; name one: thimble eval MODEL --text FILE");
  engine_.check(&notes);

  std::optional<Subject> model;
  std::optional<Subject> reference;
  load_subjects(&model, &reference, &notes);
  Subject& subject = *model;
  const std::string text = read_text_file(text_);
  const auto sequences =
      sequences_of(text, subject.session.engine().tokenizer(), subject.session.engine().context(), limit_);

  LogitsHash hash(subject.loaded.model.config().vocab_size);
  Totals totals;
  Progress progress("scoring", !quiet_);
  for (size_t i = 0; i < sequences.size(); ++i) {
    score_sequence(sequences[i], subject, reference ? &*reference : nullptr, &hash, &totals);
    progress.update(i + 1, sequences.size());
  }
  progress.clear();
  subject.loaded.file.check_unchanged();
  if (reference) reference->loaded.file.check_unchanged();
  if (totals.tokens == 0) throw Failure(text_ + ": holds no token to score; name a file with text");
  if (!quiet_) write_notes(notes);
  print_results(subject, reference ? &*reference : nullptr, totals);
  if (hash_) print_line("logits hash", format("%016llx", static_cast<unsigned long long>(hash.value())));
  return 0;
}

// Loads MODEL and, where there is one, the model of --against. What was found out on the way goes into `notes`.
void EvalCommand::load_subjects(std::optional<Subject>* subject, std::optional<Subject>* reference,
                                Notes* notes) const {
  const bool compares = !against_.empty();
  ModelOptions wanted = model_;
  wanted.shared = compares;
  LoadedModel model = load_model_to_run(wanted);
  *notes = concatenated(*notes, model.notes);
  PlanOptions plan = plan_options(model.model, engine_, kNoTextHere, notes);
  if (compares) {
    wanted.model = against_;
    LoadedModel other = load_model_to_run(wanted);
    *notes = concatenated(*notes, other.notes);
    check_options_are_needed(model_, model, other);
    check_comparable(model, other);
    EngineOptions as_made = engine_;
    as_made.kv_type = KvType::kDefault;  // --kv-type is under examination too
    PlanOptions other_plan = plan_options(other.model, as_made, kNoTextHere, notes);
    // Both models see the same positions.
    plan.context = other_plan.context = std::min(plan.context, other_plan.context);
    reference->emplace(std::move(other), other_plan, true);
  }
  if (plan.context < 2) throw UsageError("-c 1: leaves no token to foresee; give 2 at least");
  subject->emplace(std::move(model), plan, compares);
}

}  // namespace

const CommandInfo kEval = {"eval", "Measure how well a model foresees a text", kExamples, declare_command<EvalCommand>};

}  // namespace thimble::cli
