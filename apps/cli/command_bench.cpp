// thimble bench: how fast models run here, in the tests, the table and the JSON of llama-bench, and beside other
// engines.

#include <algorithm>
#include <string>
#include <vector>

#include "apps/cli/bench_report.h"
#include "apps/cli/commands.h"
#include "apps/cli/contestant.h"
#include "apps/cli/errors.h"
#include "apps/cli/memory_ceiling.h"
#include "apps/cli/model_source.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "thimble/thimble.hpp"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble bench stories.thm\n"
    "  thimble bench small.thm large.thm -p 128 -n 64 -r 20 -t 1\n"
    "  thimble bench stories.thm -o json > bench.json\n"
    "  thimble bench stories.thm --compare stories.gguf --compare stories.bin --llama2c ./run\n\n"
    "Two tests for each model: pp, reading a prompt of N tokens, and tg, generating N tokens behind the first. Each\n"
    "runs once before it counts, and each turn begins with a token that does not. The models take turns, so that\n"
    "what disturbs this machine disturbs all of them. The table has the median and the best of all runs, and for tg\n"
    "the gigabytes of weights read in a second, beside what as many threads read that do nothing else with as many\n"
    "bytes. Behind it: where the time of a token goes, on one thread, by the stages of thimble plan, in runs of\n"
    "their own that look at the clock around each kernel. What the looks take is taken off; \"engine\" is what lies\n"
    "between kernels, and the sampler, which tg goes without, is counted.\n\n"
    "JSON has the fields of llama-bench: *_ns in nanoseconds for a whole test, *_ts in tokens a second, model_size\n"
    "in bytes. More of them: median_ts and best_ts; bytes_per_token; gb_per_s and ceiling_gb_per_s in 10^9 bytes a\n"
    "second; peak_ram in bytes, mapped files included, of the process with all models of ours, or of llama.cpp's;\n"
    "stages, each with ns for a token and percent of stages_token_ns; kernel_calls for a token; clock_ns, a look at\n"
    "the clock.\n\n"
    "--compare lets other engines take part in the turns: llama.cpp where python3 has the package llama-cpp-python,\n"
    "and llama2.c, whose program --llama2c names. Build them for this machine. The table says how many times as\n"
    "fast as each of them a model is. Their bytes are those of their files.\n";

constexpr size_t kNoTextHere = 0;  // the engine's own tokenizer workspace is not used

class BenchCommand : public Command {
 public:
  explicit BenchCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  void check_arguments() const;
  std::unique_ptr<Contestant> load(const std::string& path, Notes* notes) const;
  std::unique_ptr<Contestant> load_peer(const std::string& path) const;
  void run_all(const Contestants& contestants) const;
  void explain(BenchResults* results) const;

  std::vector<std::string> models_;
  std::vector<std::string> peers_;
  std::string llama2c_;
  std::string llama2c_tokenizer_;
  std::string tokenizer_;
  uint32_t prompt_ = 128;
  uint32_t generated_ = 64;
  uint32_t repetitions_ = 5;
  uint32_t threads_ = 1;
  std::string output_ = "md";
};

BenchCommand::BenchCommand(CLI::App& app) {
  add_words(app, "MODEL", &models_, "Models, as for thimble run");
  add_text(app, "--tokenizer", &tokenizer_, "FILE", "tokenizer.bin or sentencepiece .model for checkpoints");
  add_whole(app, "-p,--n-prompt", &prompt_, 0, UINT32_MAX, "N", "Tokens of the prompt; 0: no such test [128]");
  add_whole(app, "-n,--n-gen", &generated_, 0, UINT32_MAX, "N", "Tokens to generate; 0: no such test [64]");
  add_whole(app, "-r,--repetitions", &repetitions_, 1, 100000, "N", "Runs of each test [5]");
  add_whole(app, "-t,--threads", &threads_, 1, kMaxWorkers, "N", "Threads [1]");
  add_texts(app, "--compare", &peers_, "FILE", "A .gguf for llama.cpp or a .bin for llama2.c to take turns with");
  add_text(app, "--llama2c", &llama2c_, "PROGRAM", "llama2.c's run, for --compare with a .bin");
  add_text(app, "--llama2c-tokenizer", &llama2c_tokenizer_, "FILE", "Its tokenizer.bin");
  add_choice(app, "-o,--output", &output_, {"md", "json"}, "FORMAT", "A table (md) or JSON (json) [md]");
}

void BenchCommand::check_arguments() const {
  if (models_.empty()) throw UsageError("no model; name some: thimble bench MODEL...");
  if (prompt_ == 0 && generated_ == 0) throw UsageError("-p 0 -n 0: leaves no test");
  for (const std::string& path : peers_) {
    if (path.ends_with(".gguf")) continue;
    if (!path.ends_with(".bin")) {
      throw UsageError("--compare " + path + ": neither a .gguf for llama.cpp nor a .bin for llama2.c");
    }
    if (llama2c_.empty()) throw UsageError("--compare " + path + ": needs --llama2c, the program that runs it");
    if (generated_ == 0) throw UsageError("--compare " + path + ": llama2.c only generates; give -n");
    if (threads_ != 1) throw UsageError("--compare " + path + ": llama2.c has one thread; give -t 1");
  }
}

std::unique_ptr<Contestant> BenchCommand::load(const std::string& path, Notes* notes) const {
  ModelOptions wanted;
  wanted.model = path;
  wanted.tokenizer = tokenizer_;
  wanted.shared = models_.size() > 1;
  LoadedModel loaded = load_model_to_run(wanted);
  *notes = concatenated(*notes, loaded.notes);
  EngineOptions engine;
  engine.threads = threads_;
  const PlanOptions plan = plan_options(loaded.model, engine, kNoTextHere, notes);
  const uint32_t longest = std::max(prompt_, generated_);
  if (longest > plan.context) {
    throw UsageError(path + ": a test of " + std::to_string(longest) + " tokens does not fit its context of " +
                     std::to_string(plan.context) + "; choose fewer with -p and -n");
  }
  return make_contestant(std::move(loaded), plan, bench_tests(prompt_, generated_));
}

std::unique_ptr<Contestant> BenchCommand::load_peer(const std::string& path) const {
  const std::vector<BenchTest> tests = bench_tests(prompt_, generated_);
  if (path.ends_with(".gguf")) return make_llama_cpp(path, threads_, tests);
  return make_llama2c(llama2c_, path, llama2c_tokenizer_, tests);
}

void BenchCommand::run_all(const Contestants& contestants) const {
  for (const auto& contestant : contestants) {
    contestant->run();
    contestant->forget();
  }
  for (uint32_t i = 0; i < repetitions_; ++i) {
    for (const auto& contestant : contestants) contestant->run();
  }
}

// What is measured beside: it disturbs no run that counts.
void BenchCommand::explain(BenchResults* results) const {
  for (const auto& contestant : results->contestants) {
    const uint64_t bytes = contestant->token_bytes;
    if (results->ceilings.count(bytes) == 0) results->ceilings[bytes] = measured_ceiling(bytes, threads_);
    if (contestant->ours() && generated_ > 0) results->stages[contestant.get()] = contestant->profile(generated_);
  }
}

int BenchCommand::run(const Invocation& invocation) {
  check_arguments();
  Notes notes = invocation.notes;
  BenchResults results;
  results.threads = threads_;
  for (const std::string& path : models_) results.contestants.push_back(load(path, &notes));
  for (const std::string& path : peers_) results.contestants.push_back(load_peer(path));
  run_all(results.contestants);
  const std::string peak = format_bytes(host::peak_memory_bytes());
  explain(&results);
  write_notes(notes);
  if (output_ == "json") {
    write_product(bench_json(results));
  } else {
    const std::string stages = stage_table(results);
    write_product(bench_table(results) + (stages.empty() ? "" : "\n" + stages));
  }
  write_note(format("%s kernels, %u thread%s, %u runs; process %s at its peak", kernels_name(), threads_,
                    threads_ == 1 ? "" : "s", repetitions_, peak.c_str()));
  return 0;
}

}  // namespace

const CommandInfo kBench = {"bench", "Measure how fast models run here", kExamples, declare_command<BenchCommand>};

}  // namespace thimble::cli
