// thimble bench: how fast models run here, in the tests, the table and the JSON of llama-bench.

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
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
    "  thimble bench stories.thm -o json > bench.json\n\n"
    "Two tests for each model: pp, reading a prompt of N tokens, and tg, generating N tokens behind the first. Each "
    "runs\n"
    "once before it counts. The models take turns, so that what disturbs this machine disturbs all of them. The table\n"
    "has the median and the best of all runs, and for tg the gigabytes of weights read in a second, beside what a "
    "loop\n"
    "reads that does nothing else with as many bytes. JSON has the fields of llama-bench and median_ts; times are in\n"
    "nanoseconds.\n";

constexpr size_t kNoTextHere = 0;  // the engine's own tokenizer workspace is not used
constexpr uint32_t kSomeToken = 1;

// One test of one model.
struct Test {
  uint32_t prompt = 0;     // tokens read at once
  uint32_t generated = 0;  // tokens, each with its logits
  std::vector<double> seconds{};

  std::string name() const { return prompt > 0 ? format("pp%u", prompt) : format("tg%u", generated); }
  double rate(double time) const { return (prompt + generated) / time; }
  double best() const { return rate(*std::min_element(seconds.begin(), seconds.end())); }
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    const size_t n = sorted.size();
    return rate((sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
  }
};

// A model under measurement.
struct Subject {
  Subject(LoadedModel model, const PlanOptions& plan)
      : loaded(std::move(model)), session(loaded.model, plan, loaded.path) {}

  void run(Test* test);

  // Weights that a token reads: all but an embedding that is no classifier, of which it takes a row.
  uint64_t token_bytes() const {
    const uint64_t bytes = loaded.model.weight_bytes();
    return loaded.model.config().tied_classifier ? bytes : bytes - loaded.model.tensor(Role::kTokenEmbedding).bytes;
  }
  std::string types() const { return std::string(loaded.model.about_text("weights.type", "?")); }

  LoadedModel loaded;
  Session session;
  std::vector<Test> tests;
};

void Subject::run(Test* test) {
  Engine& engine = session.engine();
  check(engine.rewind(0), loaded.path);
  const LogitsSink sink{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
  const std::vector<uint32_t> prompt(std::max(test->prompt, 1u), kSomeToken);
  const double start = host::monotonic_seconds();
  if (test->prompt > 0) check(engine.forward(prompt, LogitsOf::kLast, &sink), loaded.path);
  for (uint32_t i = 0; i < test->generated; ++i) {
    check(engine.forward(std::span(prompt).first(1), LogitsOf::kLast, &sink), loaded.path);
  }
  test->seconds.push_back(host::monotonic_seconds() - start);
}

// The most bytes a second that one thread reads of a buffer that it reads over and over: what the caches and the memory
// of this machine give a model of that size.
double measured_ceiling(uint64_t bytes) {
  constexpr double kAtLeast = 0.02;  // seconds
  constexpr size_t kTries = 5;
  const std::vector<uint64_t> buffer(bytes / sizeof(uint64_t) + 8, 1);
  double best = 0;
  volatile uint64_t kept = 0;
  for (size_t i = 0; i < kTries; ++i) {
    const double start = host::monotonic_seconds();
    double seconds = 0;
    size_t rounds = 0;
    do {
      uint64_t sums[8] = {};
      for (size_t w = 0; w + 8 <= buffer.size(); w += 8) {
        for (size_t k = 0; k < 8; ++k) sums[k] += buffer[w + k];
      }
      kept = std::accumulate(std::begin(sums), std::end(sums), kept + 0);
      ++rounds;
      seconds = host::monotonic_seconds() - start;
    } while (seconds < kAtLeast);
    best = std::max(best, static_cast<double>(rounds * buffer.size() * sizeof(uint64_t)) / seconds);
  }
  return best;
}

void print_table(const std::deque<Subject>& subjects, bool one_thread) {
  write_product("| model | type | bytes/token | test | median t/s | best t/s | GB/s | of the ceiling |\n");
  write_product("|---|---|---:|---|---:|---:|---:|---:|\n");
  for (const Subject& subject : subjects) {
    const auto bytes = static_cast<double>(subject.token_bytes());
    const double ceiling = one_thread ? measured_ceiling(subject.token_bytes()) : 0;
    for (const Test& test : subject.tests) {
      std::string reads = " | ";
      if (test.generated > 0) reads = format("%.2f | ", test.median() * bytes / 1e9);
      if (test.generated > 0 && ceiling > 0) reads += format("%.0f %%", 100 * test.median() * bytes / ceiling);
      write_product(format("| %s | %s | %.0f | %s | %.1f | %.1f | %s |\n", file_name(subject.loaded.path).c_str(),
                           subject.types().c_str(), bytes, test.name().c_str(), test.median(), test.best(),
                           reads.c_str()));
    }
  }
}

void print_json(const std::deque<Subject>& subjects, uint32_t threads) {
  auto all = nlohmann::ordered_json::array();
  for (const Subject& subject : subjects) {
    for (const Test& test : subject.tests) {
      const auto n = static_cast<double>(test.seconds.size());
      std::vector<double> samples_ns, samples_ts;
      for (const double s : test.seconds) {
        samples_ns.push_back(s * 1e9);
        samples_ts.push_back(test.rate(s));
      }
      all.push_back({{"model_filename", subject.loaded.path},
                     {"model_type", subject.types()},
                     {"model_size", subject.loaded.model.weight_bytes()},
                     {"model_n_params", subject.loaded.model.parameter_count()},
                     {"bytes_per_token", subject.token_bytes()},
                     {"kernels", kernels_name()},
                     {"n_threads", threads},
                     {"n_prompt", test.prompt},
                     {"n_gen", test.generated},
                     {"avg_ns", std::accumulate(samples_ns.begin(), samples_ns.end(), 0.0) / n},
                     {"avg_ts", std::accumulate(samples_ts.begin(), samples_ts.end(), 0.0) / n},
                     {"median_ts", test.median()},
                     {"best_ts", test.best()},
                     {"samples_ns", samples_ns},
                     {"samples_ts", samples_ts}});
    }
  }
  write_product(all.dump(2) + "\n");
}

class BenchCommand : public Command {
 public:
  explicit BenchCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  std::deque<Subject> load(Notes* notes);

  std::vector<std::string> models_;
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
  add_choice(app, "-o,--output", &output_, {"md", "json"}, "FORMAT", "A table (md) or JSON (json) [md]");
}

std::deque<Subject> BenchCommand::load(Notes* notes) {
  std::deque<Subject> subjects;
  for (const std::string& path : models_) {
    ModelOptions wanted;
    wanted.model = path;
    wanted.tokenizer = tokenizer_;
    wanted.shared = models_.size() > 1;
    LoadedModel loaded = load_model(wanted);
    *notes = concatenated(*notes, loaded.notes);
    EngineOptions engine;
    engine.threads = threads_;
    const PlanOptions plan = plan_options(loaded.model, engine, kNoTextHere, notes);
    const uint32_t longest = std::max(prompt_, generated_);
    if (longest > plan.context) {
      throw UsageError(path + ": a test of " + std::to_string(longest) + " tokens does not fit its context of " +
                       std::to_string(plan.context) + "; choose fewer with -p and -n");
    }
    subjects.emplace_back(std::move(loaded), plan);
    if (prompt_ > 0) subjects.back().tests.push_back({.prompt = prompt_});
    if (generated_ > 0) subjects.back().tests.push_back({.generated = generated_});
  }
  return subjects;
}

int BenchCommand::run(const Invocation& invocation) {
  if (models_.empty()) throw UsageError("no model; name some: thimble bench MODEL...");
  if (prompt_ == 0 && generated_ == 0) throw UsageError("-p 0 -n 0: leaves no test");
  Notes notes = invocation.notes;
  std::deque<Subject> subjects = load(&notes);
  for (Subject& subject : subjects) {
    for (Test& test : subject.tests) {
      subject.run(&test);
      test.seconds.clear();
    }
  }
  for (uint32_t i = 0; i < repetitions_; ++i) {
    for (Subject& subject : subjects) {
      for (Test& test : subject.tests) subject.run(&test);
    }
  }
  write_notes(notes);
  if (output_ == "json") {
    print_json(subjects, threads_);
  } else {
    print_table(subjects, threads_ == 1);
  }
  write_note(format("%s kernels, %u thread%s, %u runs; process %s at its peak", kernels_name(), threads_,
                    threads_ == 1 ? "" : "s", repetitions_, format_bytes(host::peak_memory_bytes()).c_str()));
  return 0;
}

}  // namespace

const CommandInfo kBench = {"bench", "Measure how fast models run here", kExamples, declare_command<BenchCommand>};

}  // namespace thimble::cli
