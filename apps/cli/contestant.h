// Who takes part in thimble bench: a model of ours, or the same one in another engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/model_source.h"
#include "apps/cli/stage_profile.h"
#include "thimble/plan.h"

namespace thimble::cli {

// Reading a prompt (pp) or generating behind one token (tg), and what its runs took.
struct BenchTest {
  uint32_t prompt = 0;     // tokens read at once
  uint32_t generated = 0;  // tokens, each with its logits
  std::vector<double> seconds{};

  std::string name() const;  // "pp128"
  double rate(double time) const { return (prompt + generated) / time; }
  // Tokens a second; after one run at least.
  double best() const;
  double median() const;
};

class Contestant {
 public:
  virtual ~Contestant() = default;

  // Runs each test once and notes what it took. Throws Failure.
  virtual void run() = 0;
  // Where the time of `tokens` tokens goes, by stages; none for other engines. Throws Failure.
  virtual StageProfile profile(uint32_t /*tokens*/) const { return {}; }
  // Forgets what was noted.
  void forget();

  std::string engine;        // "thimble", "llama.cpp", "llama2.c"
  std::string path;          // of the model
  std::string types;         // of its weights, where they are known
  uint64_t bytes = 0;        // of its weights
  uint64_t parameters = 0;   // 0: unknown
  uint64_t token_bytes = 0;  // that a token reads
  uint64_t peak_bytes = 0;   // of memory, of its process so far; 0: unknown
  std::vector<BenchTest> tests;
  // Of ours.
  uint32_t batch = 0;   // tokens of a prompt that are read at once
  std::string kv_type;  // "i8"

  // Engine and file, without "thimble".
  std::string name() const;
  bool ours() const { return engine == "thimble"; }
};

// The tests of a prompt and of generating, without those of no tokens.
std::vector<BenchTest> bench_tests(uint32_t prompt, uint32_t generated);

std::unique_ptr<Contestant> make_contestant(LoadedModel model, const PlanOptions& plan, std::vector<BenchTest> tests);

// A GGUF file in llama.cpp, by the package llama-cpp-python of the python3 on PATH.
std::unique_ptr<Contestant> make_llama_cpp(const std::string& gguf, uint32_t threads, std::vector<BenchTest> tests);

// A checkpoint in llama2.c, whose program `binary` is. It only generates, and by one thread.
std::unique_ptr<Contestant> make_llama2c(const std::string& binary, const std::string& checkpoint,
                                         const std::string& tokenizer, std::vector<BenchTest> tests);

}  // namespace thimble::cli
