#include "apps/cli/generation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

GenerationOptions with_seed(GenerationOptions options) {
  if (!options.sampling.seed) options.sampling.seed = host::random_seed();
  return options;
}

}  // namespace

Generation::Generation(LoadedModel loaded, const GenerationOptions& options, const EngineOptions& engine,
                       const ReportOptions& report, const Notes& notes, size_t longest_text)
    : loaded_(std::move(loaded)),
      options_(with_seed(options)),
      report_(report),
      notes_(concatenated(loaded_.notes, notes)),
      stops_(options_.stop.begin(), options_.stop.end()),
      session_(make_session(engine, longest_text)),
      progress_("reading", !report.quiet),
      generator_(session_.engine(), generator_params()) {}

Session Generation::make_session(const EngineOptions& engine, size_t longest_text) {
  PlanOptions plan = plan_options(loaded_.model, engine, longest_text, &notes_);
  for (const std::string_view stop : stops_) plan.max_stop_bytes += static_cast<uint32_t>(stop.size());
  if (loaded_.streamed == nullptr) return {loaded_.model, plan, loaded_.path};
  return {loaded_.model, plan, loaded_.path, loaded_.streamed->reader(), static_cast<size_t>(engine.memory_bytes)};
}

SamplerParams Generation::sampler_params() const {
  const SamplingOptions& given = options_.sampling;
  SamplerParams p = model_sampling(loaded_.model);
  p.temperature = given.temperature.value_or(p.temperature);
  p.top_p = given.top_p.value_or(p.top_p);
  p.min_p = given.min_p.value_or(p.min_p);
  p.repeat_penalty = given.repeat_penalty.value_or(p.repeat_penalty);
  if (given.top_k) p.top_k = static_cast<uint32_t>(*given.top_k);
  p.presence_penalty = given.presence_penalty;
  p.frequency_penalty = given.frequency_penalty;
  const uint32_t window = given.repeat_last_n < 0 ? context() : static_cast<uint32_t>(given.repeat_last_n);
  p.repeat_last_n = std::min(window, kMaxPenaltyWindow);
  p.seed = *given.seed;

  const uint32_t ids = loaded_.model.config().vocab_size;
  for (const LogitBias& bias : given.logit_bias) {
    if (bias.token < ids) continue;
    throw UsageError("--logit-bias " + std::to_string(bias.token) + ": no such token; ids end at " +
                     std::to_string(ids - 1));
  }
  p.logit_bias = given.logit_bias;
  return p;
}

// For what is left to generate.
GeneratorParams Generation::generator_params() {
  GeneratorParams params;
  params.sampler = sampler_params();
  if (options_.predict > 0) {
    // More tokens than a context holds are no different from as many as it holds.
    const int64_t left = options_.predict - static_cast<int64_t>(timings_.generated_tokens);
    params.max_tokens = static_cast<uint32_t>(std::clamp<int64_t>(left, 1, context()));
  }
  params.ignore_eos = options_.ignore_eos;
  params.any_word = options_.any_word;
  params.prompt_bias = options_.sampling.prompt_bias.value_or(params.prompt_bias);
  params.hash_logits = options_.hash_logits;
  params.stop_strings = stops_;
  params.on_prompt = {&Generation::on_prompt, this};
  return params;
}

void Generation::on_prompt(void* self, size_t read, size_t total) {
  auto* generation = static_cast<Generation*>(self);
  if (host::interrupted()) generation->generator_.cancel();
  generation->progress_.update(read, total);
  if (read == total || host::interrupted()) generation->progress_.clear();
}

void Generation::write_opening() const {
  if (!report_.quiet) write_notes(notes_);
  if (report_.verbose) write_note(plan_table(plan()));
  if (!report_.quiet) write_note("seed       " + std::to_string(*options_.sampling.seed));
}

Status Generation::read(const std::function<Status()>& start) {
  const double begin = host::monotonic_seconds();
  THIMBLE_RETURN_IF_ERROR(start());
  timings_ = {};
  timings_.prompt_seconds = host::monotonic_seconds() - begin;
  timings_.prompt_tokens = generator_.prompt_tokens();
  return {};
}

void Generation::generate(const std::function<void(std::string_view)>& take) {
  check(generator_.set_params(generator_params()), "settings");
  const double begin = host::monotonic_seconds();
  while (const Piece piece = generator_.next()) {
    take(piece.text());
    if (host::interrupted()) generator_.cancel();
  }
  timings_.generate_seconds += host::monotonic_seconds() - begin;
  timings_.generated_tokens += generator_.generated_tokens();
}

void Generation::write_summary() const {
  write_note(format("load       %s", format_seconds(loaded_.load_seconds).c_str()));
  std::string prompt = format("prompt     %zu tokens", timings_.prompt_tokens);
  if (timings_.prompt_tokens > 1) {
    // The last token of the prompt is read together with the first one generated.
    const auto read = static_cast<double>(timings_.prompt_tokens - 1);
    prompt += " in " + format_seconds(timings_.prompt_seconds) + ", " + format_rate(read, timings_.prompt_seconds);
  }
  write_note(prompt);
  std::string generated = format("generated  %zu tokens", timings_.generated_tokens);
  if (timings_.generated_tokens > 0) {
    generated += " in " + format_seconds(timings_.generate_seconds) + ", " +
                 format_rate(static_cast<double>(timings_.generated_tokens), timings_.generate_seconds);
  }
  const FinishReason reason = generator_.finish_reason();
  if (reason != FinishReason::kNone) generated += std::string("; ended by: ") + finish_reason_name(reason);
  write_note(generated);
  write_streaming();
  write_note(format("memory     engine %s planned, process %s at its peak", format_bytes(plan().total_bytes()).c_str(),
                    format_bytes(host::peak_memory_bytes()).c_str()));
}

// What was read for the text, where weights are streamed.
void Generation::write_streaming() const {
  const StreamCounts counts = session_.engine().stream_counts();
  if (counts.sweeps == 0) return;
  std::string line = format("streamed   %s for each of %llu sweeps, waited %s for them",
                            format_bytes(plan().streamed_bytes).c_str(), static_cast<unsigned long long>(counts.sweeps),
                            format_seconds(loaded_.streamed->waited_seconds()).c_str());
  if (counts.retries > 0) line += format("; %llu reads made again", static_cast<unsigned long long>(counts.retries));
  write_note(line);
}

}  // namespace thimble::cli
