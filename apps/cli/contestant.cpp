#include "apps/cli/contestant.h"

#include <algorithm>

#include "apps/cli/errors.h"
#include "apps/cli/session.h"
#include "apps/cli/statistics.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "thimble/thimble.hpp"

namespace thimble::cli {
namespace {

constexpr uint32_t kSomeToken = 1;

class ThimbleContestant : public Contestant {
 public:
  ThimbleContestant(LoadedModel model, const PlanOptions& plan)
      : loaded_(std::move(model)), session_(loaded_.model, plan, loaded_.path) {
    const Model& m = loaded_.model;
    engine = "thimble";
    path = loaded_.path;
    types = m.about_text("weights.type", "?");
    bytes = m.weight_bytes();
    parameters = m.parameter_count();
    batch = session_.plan().options.max_batch;
    kv_type = kv_type_name(session_.plan().options.kv_type);
    // All but an embedding that is no classifier, of which a token takes a row.
    token_bytes = m.config().tied_classifier ? bytes : bytes - m.tensor(Role::kTokenEmbedding).bytes;
  }

  void run() override {
    for (BenchTest& test : tests) test.seconds.push_back(time(test));
    peak_bytes = host::peak_memory_bytes();
  }
  StageProfile profile(uint32_t tokens) const override {
    return profile_stages(loaded_, session_.plan().options, tokens);
  }

 private:
  double time(const BenchTest& test) {
    Engine& runs = session_.engine();
    check(runs.rewind(0), path);
    const LogitsSink sink{[](void*, uint32_t, uint32_t, std::span<const float>) {}, nullptr};
    const std::vector<uint32_t> prompt(std::max(test.prompt, 1u), kSomeToken);
    // Not counted, since the turn before has the caches: llama2.c's clock starts behind its first token, too, and
    // llama.cpp's turn runs each test once before.
    check(runs.forward(std::span(prompt).first(1), LogitsOf::kLast, &sink), path);
    check(runs.rewind(0), path);
    const double start = host::monotonic_seconds();
    if (test.prompt > 0) check(runs.forward(prompt, LogitsOf::kLast, &sink), path);
    for (uint32_t i = 0; i < test.generated; ++i) {
      check(runs.forward(std::span(prompt).first(1), LogitsOf::kLast, &sink), path);
    }
    return host::monotonic_seconds() - start;
  }

  LoadedModel loaded_;
  Session session_;
};

}  // namespace

std::string BenchTest::name() const { return prompt > 0 ? format("pp%u", prompt) : format("tg%u", generated); }

double BenchTest::best() const { return rate(*std::min_element(seconds.begin(), seconds.end())); }

double BenchTest::median() const { return rate(median_of(seconds)); }

void Contestant::forget() {
  for (BenchTest& test : tests) test.seconds.clear();
}

std::string Contestant::name() const { return ours() ? file_name(path) : engine + " " + file_name(path); }

std::vector<BenchTest> bench_tests(uint32_t prompt, uint32_t generated) {
  std::vector<BenchTest> tests;
  if (prompt > 0) tests.push_back({.prompt = prompt});
  if (generated > 0) tests.push_back({.generated = generated});
  return tests;
}

std::unique_ptr<Contestant> make_contestant(LoadedModel model, const PlanOptions& plan, std::vector<BenchTest> tests) {
  auto made = std::make_unique<ThimbleContestant>(std::move(model), plan);
  made->tests = std::move(tests);
  return made;
}

}  // namespace thimble::cli
