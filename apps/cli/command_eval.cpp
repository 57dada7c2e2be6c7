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
#include "apps/cli/output.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/progress.h"
#include "apps/cli/scoring.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

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

// Loads MODEL and, where there is one, the model of --against. What was found out on the way goes into `notes`.
void load_subjects(const EvalOptions& options, std::optional<Subject>* subject, std::optional<Subject>* reference,
                   std::vector<std::string>* notes) {
  const bool compares = !options.against.empty();
  ModelOptions wanted = options.model;
  wanted.shared = compares;
  LoadedModel model = load_model(wanted);
  notes->insert(notes->end(), model.notes.begin(), model.notes.end());
  PlanOptions plan = plan_options(model.model, options.engine, kNoTextHere, notes);
  if (compares) {
    wanted.model = options.against;
    LoadedModel other = load_model(wanted);
    notes->insert(notes->end(), other.notes.begin(), other.notes.end());
    check_options_are_needed(options.model, model, other);
    check_comparable(model, other);
    EngineOptions as_made = options.engine;
    as_made.kv_type = KvType::kDefault;  // --kv-type is under examination too
    PlanOptions other_plan = plan_options(other.model, as_made, kNoTextHere, notes);
    // Both models see the same positions.
    plan.context = other_plan.context = std::min(plan.context, other_plan.context);
    reference->emplace(std::move(other), other_plan, true);
  }
  if (plan.context < 2) throw UsageError("-c 1: leaves no token to foresee; give 2 at least");
  subject->emplace(std::move(model), plan, compares);
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

}  // namespace

int eval(const EvalOptions& options) {
  std::vector<std::string> notes = options.notes;
  std::optional<Subject> model;
  std::optional<Subject> reference;
  load_subjects(options, &model, &reference, &notes);
  Subject& subject = *model;
  const std::string text = read_text_file(options.text);
  const auto sequences =
      sequences_of(text, subject.session.engine().tokenizer(), subject.session.engine().context(), options.limit);

  LogitsHash hash(subject.loaded.model.config().vocab_size);
  Totals totals;
  Progress progress("scoring", !options.quiet);
  for (size_t i = 0; i < sequences.size(); ++i) {
    score_sequence(sequences[i], subject, reference ? &*reference : nullptr, &hash, &totals);
    progress.update(i + 1, sequences.size());
  }
  progress.clear();
  subject.loaded.file.check_unchanged();
  if (reference) reference->loaded.file.check_unchanged();
  if (totals.tokens == 0) throw Failure(options.text + ": holds no token to score; name a file with text");
  ReportOptions report;
  report.quiet = options.quiet;
  write_notes(notes, report);
  print_results(subject, reference ? &*reference : nullptr, totals);
  if (options.hash) print_line("logits hash", format("%016llx", static_cast<unsigned long long>(hash.value())));
  return 0;
}

}  // namespace thimble::cli
