// Generating text, for every command that does: a model, an engine over it, and the options of the command line, which
// may change between two texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "apps/cli/model_source.h"
#include "apps/cli/options.h"
#include "apps/cli/output.h"
#include "apps/cli/session.h"
#include "thimble/generator.h"

namespace thimble::cli {

class Generation {
 public:
  // Says nothing yet, so that a refusal is all that stderr shows. Draws a seed where none was given. `notes`: about the
  // command line. `longest_text`: bytes of what is read at once, as in plan_options(). Throws UsageError and Failure.
  Generation(LoadedModel loaded, const GenerationOptions& options, const EngineOptions& engine,
             const ReportOptions& report, const Notes& notes, size_t longest_text);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  // What stderr shows before the text: notes, the plan where that is wanted, the seed.
  void write_opening() const;

  // Calls `start`, which has the generator start or append, and times it. Meanwhile Ctrl-C cancels, and a bar shows
  // when it takes long.
  Status read(const std::function<Status()>& start);

  // Generates to the end, or to an interrupt, with the options of now. May be called again where the context was full
  // and has room now: what the calls since read() generate is one text.
  void generate(const std::function<void(std::string_view)>& take);

  // How long the text took and how much memory, in plain lines for stderr.
  void write_summary() const;

  const LoadedModel& loaded() const { return loaded_; }
  const Plan& plan() const { return session_.plan(); }
  uint32_t context() const { return session_.engine().context(); }
  Generator& generator() { return generator_; }
  const GenerationOptions& options() const { return options_; }
  GenerationOptions& options() { return options_; }  // the stop strings stay as they are
  // The options over what the model recommends.
  SamplerParams sampler_params() const;

 private:
  void write_streaming() const;
  Session make_session(const EngineOptions& engine, size_t longest_text);
  GeneratorParams generator_params();
  static void on_prompt(void* self, size_t read, size_t total);

  struct Timings {
    double prompt_seconds = 0;    // reading all but the last token of the prompt
    double generate_seconds = 0;  // from there to the last token
    size_t prompt_tokens = 0;
    size_t generated_tokens = 0;
  };

  LoadedModel loaded_;
  GenerationOptions options_;
  ReportOptions report_;
  Notes notes_;
  std::vector<std::string_view> stops_;  // view options_.stop
  Session session_;
  Progress progress_;
  Timings timings_;
  Generator generator_;
};

}  // namespace thimble::cli
