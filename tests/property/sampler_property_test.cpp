// The sampler against a plain double-precision one, and its independence of the partition into blocks.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "engine/sampler_math.h"
#include "thimble/sampler.h"

namespace thimble {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// rapidcheck chooses (and shrinks) the number of rows and a seed; the many values behind them come from the seed.
class Source {
 public:
  Source() : random_(*rc::gen::arbitrary<uint64_t>()) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<uint32_t>(values.size()))];
  }
  float model_logit() { return (static_cast<float>(below(1 << 23)) - 0x1p22f) * 0x1p-18f; }
  // Mostly the logits of a model; ties, zeros of both signs, extremes and NaNs as well.
  float any_logit() {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    const uint32_t kind = below(16);
    if (kind == 0) return one_of({0.0f, -0.0f, 1e-40f, -1e-40f, 9000.f, -9000.f, 3e38f, kInf, -kInf, kNan, -kNan});
    return kind < 5 ? (static_cast<float>(below(400)) - 200) * 0.1f : model_logit();
  }
  std::vector<float> model_logits(size_t rows) {
    std::vector<float> logits(rows);
    for (float& x : logits) x = model_logit();
    return logits;
  }
  std::vector<float> any_logits(size_t rows) {
    std::vector<float> logits(rows);
    for (float& x : logits) x = any_logit();
    return logits;
  }
  std::vector<uint32_t> history(size_t rows) {
    std::vector<uint32_t> tokens(below(300));
    for (uint32_t& token : tokens) token = below(static_cast<uint32_t>(rows) + 5);
    return tokens;
  }
  std::vector<LogitBias> biases(size_t rows) {
    std::vector<LogitBias> biases;
    for (uint32_t i = below(kMaxLogitBias + 1); i > 0; --i) {
      const uint32_t token = below(static_cast<uint32_t>(rows) + 5);
      const bool known = std::any_of(biases.begin(), biases.end(), [&](const auto& b) { return b.token == token; });
      if (!known) biases.push_back({token, one_of({-kInf, -100.0f, -1.0f, 0.5f, 4.0f})});
    }
    return biases;
  }
  SamplerParams params() {
    SamplerParams p;
    p.temperature = one_of({0.01f, 0.3f, 0.8f, 1.0f, 2.5f, 100.0f});
    p.top_k = one_of({0u, 1u, 5u, 40u, 256u, 1000u});
    p.top_p = below(3) == 0 ? 1.0f : static_cast<float>(1 + below(999)) / 1000.0f;
    p.min_p = below(2) == 0 ? 0.0f : static_cast<float>(below(500)) / 1000.0f;
    p.repeat_penalty = one_of({1.0f, 1.1f, 0.7f, 3.0f});
    p.presence_penalty = one_of({0.0f, 0.5f, -0.4f});
    p.frequency_penalty = one_of({0.0f, 0.3f, -0.2f});
    p.repeat_last_n = one_of({0u, 1u, 16u, 64u, 256u});
    p.seed = random_();
    return p;
  }

 private:
  std::mt19937_64 random_;
};

// What one run gave, bits included.
struct Outcome {
  uint32_t token;
  std::vector<std::pair<uint32_t, uint32_t>> kept;
  bool operator==(const Outcome&) const = default;
};

template <class NextBlock>
Outcome run(Sampler& sampler, std::span<const float> logits, std::span<const uint32_t> history, NextBlock next_block) {
  sampler.begin(17, history);
  for (size_t row = 0; row < logits.size();) {
    const size_t block = std::min<size_t>(next_block(), logits.size() - row);
    sampler.feed(static_cast<uint32_t>(row), logits.subspan(row, block));
    row += block;
  }
  Outcome outcome{sampler.pick(), {}};
  for (const Candidate& c : sampler.candidates()) {
    outcome.kept.emplace_back(c.token, std::bit_cast<uint32_t>(c.logit));
  }
  return outcome;
}

RC_GTEST_PROP(SamplerProperty, BlocksDoNotMatter, ()) {
  const auto rows = *rc::gen::inRange<size_t>(1, 700);
  Source source;
  const auto logits = source.any_logits(rows);
  const auto biases = source.biases(rows);
  const auto history = source.history(rows);
  SamplerParams p = source.params();
  p.logit_bias = biases;
  Sampler sampler;
  RC_ASSERT(sampler.set_params(p).ok());
  const Outcome whole = run(sampler, logits, history, [&] { return rows; });
  for (const size_t block : {1u, 7u, 64u}) RC_ASSERT(run(sampler, logits, history, [&] { return block; }) == whole);
  RC_ASSERT(run(sampler, logits, history, [&] { return source.below(40); }) == whole);
}

// --- The double-precision sampler ---

struct Row {
  uint32_t token;
  float logit;
  double probability;  // of what is left, before temperature
};

float plainly_adjusted(const SamplerParams& p, std::span<const uint32_t> history, uint32_t token, float logit) {
  for (const LogitBias& b : p.logit_bias) {
    if (b.token == token) logit += b.bias;
  }
  const size_t seen = std::min<size_t>(p.repeat_last_n, history.size());
  const auto count = std::count(history.end() - static_cast<ptrdiff_t>(seen), history.end(), token);
  if (count == 0) return logit;
  logit = logit > 0 ? logit * (1 / p.repeat_penalty) : logit * p.repeat_penalty;
  const float charge = p.frequency_penalty * static_cast<float>(count);
  return logit - (charge + p.presence_penalty);
}

// All rows that can be chosen, best first, with their probabilities among all.
std::vector<Row> ranked(const SamplerParams& p, std::span<const float> logits, std::span<const uint32_t> history) {
  std::vector<Row> rows;
  for (uint32_t token = 0; token < logits.size(); ++token) {
    const float logit = plainly_adjusted(p, history, token, logits[token]);
    if (logit > -kInf) rows.push_back({token, logit, 0});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.logit > b.logit; });
  return rows;
}

void normalise(std::vector<Row>& rows) {
  double sum = 0;
  for (const Row& row : rows) sum += std::exp(static_cast<double>(row.logit - rows[0].logit));
  for (Row& row : rows) row.probability = std::exp(static_cast<double>(row.logit - rows[0].logit)) / sum;
}

// Whether `kept` is a right number of rows. Where a limit lies closer than the documented error, both sides are right.
void expect_right_cut(const SamplerParams& p, std::vector<Row> rows, size_t kept) {
  constexpr double kSlack = 3e-5;
  const bool limited = p.top_k != 0 && p.top_k <= kMaxCandidates;
  if (!limited) normalise(rows);
  rows.resize(std::min<size_t>(rows.size(), limited ? p.top_k : kMaxCandidates));
  if (limited) normalise(rows);

  double before = 0;  // cumulative probability of the better rows
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool top_p_keeps = p.top_p == 1 || i == 0 || before < static_cast<double>(p.top_p) - kSlack;
    const bool top_p_may_keep = top_p_keeps || before < static_cast<double>(p.top_p) + kSlack;
    const double ratio = rows[i].probability / rows[0].probability;
    const bool min_p_keeps = ratio >= static_cast<double>(p.min_p) * (1 + kSlack);
    const bool min_p_may_keep = ratio >= static_cast<double>(p.min_p) * (1 - kSlack);
    if (i < kept) RC_ASSERT(top_p_may_keep && min_p_may_keep);
    if (i >= kept) RC_ASSERT(!(top_p_keeps && min_p_keeps));
    before += rows[i].probability;
  }
  RC_ASSERT(kept <= std::max<size_t>(rows.size(), 1));
}

// The random number must fall into the token's part of the heated distribution.
void expect_right_draw(const SamplerParams& p, std::span<const Candidate> kept, uint32_t token, uint32_t position) {
  const double r = sampling::random_number(p.seed, position) * 0x1p-32;
  const auto heated = [&](const Candidate& c) {
    return std::exp(static_cast<double>(c.logit - kept[0].logit) / static_cast<double>(p.temperature));
  };
  double sum = 0;
  for (const Candidate& c : kept) sum += heated(c);
  double before = 0;
  for (const Candidate& c : kept) {
    const double slack = 3e-5 + 2e-5 / static_cast<double>(p.temperature);
    const double after = before + heated(c) / sum;
    if (c.token == token) RC_ASSERT(r >= before - slack && r <= after + slack);
    before = after;
  }
}

RC_GTEST_PROP(SamplerProperty, AgreesWithDoublePrecision, ()) {
  const auto rows = *rc::gen::inRange<size_t>(1, 600);
  Source source;
  const auto logits = source.model_logits(rows);
  const auto biases = source.biases(rows);
  const auto history = source.history(rows);
  const uint32_t position = source.below(UINT32_MAX);
  SamplerParams p = source.params();
  p.logit_bias = biases;
  Sampler sampler;
  RC_ASSERT(sampler.set_params(p).ok());
  sampler.begin(position, history);
  sampler.feed(0, logits);
  const uint32_t token = sampler.pick();
  const std::span<const Candidate> kept = sampler.candidates();

  const std::vector<Row> expected = ranked(p, logits, history);
  if (expected.empty()) {
    RC_ASSERT(token == 0u && kept.size() == 1u);
    return;
  }
  RC_ASSERT(kept.size() <= expected.size());
  bool found = false;
  for (size_t i = 0; i < kept.size(); ++i) {
    RC_ASSERT(kept[i].token == expected[i].token);
    RC_ASSERT(kept[i].logit == expected[i].logit);
    found = found || kept[i].token == token;
  }
  RC_ASSERT(found);
  expect_right_cut(p, expected, kept.size());
  expect_right_draw(p, kept, token, position);
}

RC_GTEST_PROP(SamplerProperty, GreedyIsTheBestRow, ()) {
  const auto rows = *rc::gen::inRange<size_t>(1, 400);
  Source source;
  const auto logits = source.any_logits(rows);
  SamplerParams p = source.params();
  p.temperature = 0;
  p.repeat_last_n = 0;
  Sampler sampler;
  RC_ASSERT(sampler.set_params(p).ok());
  sampler.begin(0, {});
  sampler.feed(0, logits);
  uint32_t best = 0;
  for (uint32_t i = 1; i < rows; ++i) {
    const bool first = std::isnan(logits[best]);
    if (logits[i] > (first ? -kInf : logits[best])) best = i;
  }
  if (!(logits[best] > -kInf)) best = 0;
  RC_ASSERT(sampler.pick() == best);
}

// Logits that rise all the time raise the sum's reference all the time; the other order never does.
TEST(SamplerProperty, OrderOfRowsHardlyMovesTheSum) {
  for (const size_t rows : {300u, 32000u}) {
    std::vector<float> logits(rows);
    for (size_t i = 0; i < rows; ++i) logits[i] = 40.0f * static_cast<float>(i) / static_cast<float>(rows) - 20.0f;
    const std::vector<float> falling(logits.rbegin(), logits.rend());
    for (int thousandth = 1; thousandth < 1000; thousandth += 7) {
      SamplerParams p;
      p.top_k = 0;
      p.min_p = 0;
      p.top_p = static_cast<float>(thousandth) / 1000;
      Sampler sampler;
      ASSERT_TRUE(sampler.set_params(p).ok());
      size_t kept[2] = {};
      for (const bool down : {false, true}) {
        sampler.begin(0, {});
        sampler.feed(0, down ? falling : logits);
        (void)sampler.pick();
        kept[down ? 1 : 0] = sampler.candidates().size();
      }
      EXPECT_EQ(kept[0], kept[1]) << rows << " rows, top_p " << p.top_p;
    }
  }
}

}  // namespace
}  // namespace thimble
