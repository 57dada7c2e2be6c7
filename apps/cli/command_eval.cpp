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
#include "apps/cli/progress.h"
#include "apps/cli/scoring.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

constexpr size_t kNoTextHere = 0;  // the engine's own tokenizer workspace is not used

// One model under examination.
struct Subject {
  Subject(LoadedModel model, const EngineOptions& engine, bool keep_logits)
      : loaded(std::move(model)),
        session(loaded.model, plan_options(loaded.model, engine, kNoTextHere), loaded.path),
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

}  // namespace

int eval(const EvalOptions& options) {
  LoadedModel model = load_model(options.model);
  EngineOptions engine = options.engine;
  std::vector<std::string> notes = options.notes;
  notes.insert(notes.end(), model.notes.begin(), model.notes.end());
  std::optional<Subject> reference;
  if (!options.against.empty()) {
    LoadedModel other = load_model({options.against, "", {}});
    check_comparable(model, other);
    // Both models see the same positions, so both get the same context.
    if (engine.context == 0) {
      engine.context = std::min(model.model.config().max_context, other.model.config().max_context);
    }
    notes.insert(notes.end(), other.notes.begin(), other.notes.end());
    EngineOptions as_made = engine;
    as_made.kv_type = KvType::kDefault;  // --kv-type is under examination too
    reference.emplace(std::move(other), as_made, true);
  }
  Subject subject(std::move(model), engine, reference.has_value());
  const host::MappedFile file(options.text);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  const auto sequences =
      sequences_of(text, subject.loaded.tokenizer, subject.session.engine().context(), options.limit);

  LogitsHash hash(subject.loaded.model.config().vocab_size);
  Totals totals;
  Progress progress("scoring", !options.quiet);
  for (size_t i = 0; i < sequences.size(); ++i) {
    score_sequence(sequences[i], subject, reference ? &*reference : nullptr, &hash, &totals);
    progress.update(i + 1, sequences.size());
  }
  progress.clear();
  if (totals.tokens == 0) throw Failure(options.text + ": holds no token to score; name a file with text");
  ReportOptions report;
  report.quiet = options.quiet;
  write_notes(notes, report);
  print_results(subject, reference ? &*reference : nullptr, totals);
  if (options.hash) print_line("logits hash", format("%016llx", static_cast<unsigned long long>(hash.value())));
  return 0;
}

}  // namespace thimble::cli
