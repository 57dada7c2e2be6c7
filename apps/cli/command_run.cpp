// thimble run: one prompt, one text.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/output.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/plan_table.h"
#include "apps/cli/prompt_watch.h"
#include "apps/cli/sampling.h"
#include "apps/cli/session.h"
#include "apps/cli/summary.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

// In front of the text on stdout where that was asked for; else dimmed on stderr, for the eye alone.
void show_prompt(const RunOptions& options, const std::string& prompt, GeneratedText* out) {
  if (options.echo) return out->write(prompt);
  const bool watched = host::is_terminal(host::Stream::kOut) && host::is_terminal(host::Stream::kErr);
  if (!watched || !options.display_prompt || prompt.empty()) return;
  const host::Style style = host::style_for(options.report.color, host::Stream::kErr);
  const std::string shown = std::string(style.dim) + visible(prompt, true) + std::string(style.reset);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

// Generates to the end, an interrupt, or `most` tokens.
void tell(Generator& generator, GeneratedText* out, Timings* timings) {
  const double start = host::monotonic_seconds();
  while (const Piece piece = generator.next()) {
    out->write(piece.text());
    if (host::interrupted()) generator.cancel();
  }
  timings->generate_seconds = host::monotonic_seconds() - start;
  timings->generated_tokens = generator.generated_tokens();
}

void write_opening(const RunOptions& options, const std::vector<std::string>& notes, const Plan& plan, uint64_t seed) {
  write_notes(notes, options.report);
  if (options.report.verbose) write_note(plan_table(plan));
  if (!options.report.quiet) write_note("seed       " + std::to_string(seed));
}

// What was asked for by name, --quiet or not.
void write_results(const RunOptions& options, const Generator& generator) {
  if (options.ids) {
    std::string line = "ids:";
    for (const uint32_t id : generator.tokens()) line += ' ' + std::to_string(id);
    write_note(line);
  }
  if (options.hash) {
    write_note(format("logits hash: %016llx", static_cast<unsigned long long>(generator.logits_hash())));
  }
}

std::string prompt_name(const TextOptions& text) {
  return text.file.empty() || text.file == "-" ? "prompt" : text.file;
}

GeneratorParams generator_params(const RunOptions& options, const LoadedModel& loaded, uint32_t context, uint64_t seed,
                                 std::span<const std::string_view> stops, PromptWatch* watch) {
  const GenerationOptions& generation = options.generation;
  GeneratorParams params;
  params.sampler = resolve_sampling(generation.sampling, loaded.model, context, seed);
  // More tokens than a context holds are no different from as many as it holds.
  params.max_tokens = static_cast<uint32_t>(std::clamp<int64_t>(generation.predict, 0, context));
  params.ignore_eos = generation.ignore_eos;
  params.hash_logits = options.hash;
  params.stop_strings = stops;
  params.on_prompt = watch->callback();
  return params;
}

// A prompt that does not fit, with its true length and what helps against it.
[[noreturn]] void refuse_long_prompt(const std::string& name, uint64_t tokens, const Plan& plan, const Model& model) {
  std::string refusal = name + ": context full: found " + std::to_string(tokens) + " tokens, at most " +
                        std::to_string(plan.options.context) + "; shorten the text";
  const uint32_t most = most_context(model, plan.options.kv_type);
  if (tokens < most) refusal += " or raise the context with -c, up to " + std::to_string(most);
  throw Failure(refusal);
}

void read_prompt(const RunOptions& options, const LoadedModel& loaded, const std::string& prompt, Generator& generator,
                 const Plan& plan, Timings* timings) {
  const double start = host::monotonic_seconds();
  const Status status = generator.start(prompt);
  if (status.code() == Code::kContextFull) {
    refuse_long_prompt(prompt_name(options.text), status.found(), plan, loaded.model);
  }
  check(status, prompt_name(options.text));
  timings->prompt_seconds = host::monotonic_seconds() - start;
  timings->prompt_tokens = generator.prompt_tokens();
}

}  // namespace

int run(const RunOptions& options) {
  const LoadedModel loaded = load_model(options.model);
  const std::string prompt = read_text(options.text);
  const std::vector<std::string_view> stops(options.generation.stop.begin(), options.generation.stop.end());
  std::vector<std::string> notes = loaded.notes;
  notes.insert(notes.end(), options.report.notes.begin(), options.report.notes.end());
  PlanOptions plan = plan_options(loaded.model, options.engine, prompt.size(), &notes);
  for (const std::string_view stop : stops) plan.max_stop_bytes += static_cast<uint32_t>(stop.size());
  Session session(loaded.model, plan, loaded.path);
  const uint64_t seed = options.generation.sampling.seed.value_or(host::random_seed());
  PromptWatch watch(!options.report.quiet);
  Generator generator(session.engine(),
                      generator_params(options, loaded, session.engine().context(), seed, stops, &watch));
  watch.watch(&generator);

  host::catch_interrupts();
  Timings timings;
  timings.load_seconds = loaded.load_seconds;
  read_prompt(options, loaded, prompt, generator, session.plan(), &timings);

  // Only now, so that a refusal is all that stderr shows.
  write_opening(options, notes, session.plan(), seed);
  GeneratedText out;
  show_prompt(options, prompt, &out);
  if (options.generation.predict != 0) tell(generator, &out, &timings);
  out.end();
  check(generator.status(), loaded.path);
  loaded.file.check_unchanged();
  write_results(options, generator);
  if (!options.report.quiet) write_summary(timings, session.plan(), generator.finish_reason());
  return host::interrupted() ? host::kInterruptedExit : 0;
}

}  // namespace thimble::cli
