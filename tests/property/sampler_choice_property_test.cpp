// The sampler against one that takes the whole vocabulary, sorts it, and does what docs/NUMERICS.md says step by step:
// the same token and the same candidates, to the bit, whatever the logits, the settings, the blocks and the filter.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "base/math.h"
#include "engine/sampler_math.h"
#include "thimble/sampler.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

using sampling::order_key;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Allows one token in `of`, or none.
struct SomeTokens {
  uint32_t of = 0;
  uint32_t otherwise = kNoToken;
  bool allows(uint32_t token) const { return of != 0 && (token * 2654435761u >> 7) % of == 0; }
  TokenFilter filter() const {
    return {[](const void* self, uint32_t token) { return static_cast<const SomeTokens*>(self)->allows(token); },
            [](const void* self) { return static_cast<const SomeTokens*>(self)->otherwise; }, this};
  }
};

struct Choice {
  std::vector<float> logits;
  SamplerParams params;
  std::vector<LogitBias> biases;
  std::vector<uint32_t> history;
  const SomeTokens* filter = nullptr;  // null: none
  uint32_t position = 0;
};

struct Outcome {
  uint32_t token = 0;
  std::vector<uint32_t> candidates;
  bool operator==(const Outcome&) const = default;
};

// --- the definition ---

using Rows = std::vector<Candidate>;

int32_t y_of(const Candidate& c) { return sampling::log2_units(std::bit_cast<uint32_t>(c.logit)); }
uint32_t weight_beside(int64_t reference, const Candidate& c) {
  return sampling::weight(static_cast<uint32_t>(reference - y_of(c)));
}

Rows adjusted_rows(const Choice& choice) {
  const SamplerParams& p = choice.params;
  const size_t seen = std::min<size_t>(p.repeat_last_n, choice.history.size());
  const bool penalise = p.repeat_penalty != 1 || p.presence_penalty != 0 || p.frequency_penalty != 0;
  Rows rows;
  for (uint32_t token = 0; token < choice.logits.size(); ++token) {
    float logit = choice.logits[token];
    for (const LogitBias& bias : choice.biases) {
      if (bias.token == token) logit += bias.bias;
    }
    const auto count = std::count(choice.history.end() - static_cast<ptrdiff_t>(seen), choice.history.end(), token);
    if (penalise && count > 0) {
      logit *= order_key(logit) > 0 ? reciprocal_f32(p.repeat_penalty) : p.repeat_penalty;
      const float charge = p.frequency_penalty * static_cast<float>(count);
      logit = logit - (charge + p.presence_penalty);
    }
    rows.push_back({token, logit});
  }
  return rows;
}

// Step 6 over all rows, in their order. Returns the sum and its reference.
std::pair<uint64_t, int64_t> sum_of_rows(const Rows& rows) {
  uint64_t sum = 0;
  int64_t reference = -sampling::kMostLog2;
  for (const Candidate& row : rows) {
    while (y_of(row) > reference) {
      reference += sampling::kOctave;
      sum >>= 1;
    }
    sum += weight_beside(reference, row);
  }
  return {sum, reference};
}

void keep_top_p(Rows* kept, uint64_t sum, int64_t reference, float top_p) {
  const auto share = static_cast<uint32_t>(std::max(1.0, std::floor(static_cast<double>(top_p) * 0x1p32)));
  const uint64_t wanted = sampling::portion(sum, share);
  uint64_t reached = 0;
  size_t count = 0;
  while (count == 0 || (reached < wanted && count < kept->size()))
    reached += weight_beside(reference, (*kept)[count++]);
  kept->resize(count);
}

// Of the best ones those that are allowed, or the best one behind them.
bool keep_allowed(Rows* kept, const Rows& ranked, const SomeTokens& filter) {
  Rows allowed;
  for (size_t i = 0; i < ranked.size() && (i < kept->size() || allowed.empty()); ++i) {
    if (filter.allows(ranked[i].token)) allowed.push_back(ranked[i]);
  }
  if (!allowed.empty()) *kept = allowed;
  return !allowed.empty();
}

uint32_t draw(const Rows& kept, const SamplerParams& p, uint32_t position) {
  const auto inverse = std::bit_cast<uint32_t>(reciprocal_f32(p.temperature));
  const uint32_t heat = (inverse & 0x7fffff) | 0x800000;
  const uint32_t shift = 150 - (inverse >> 23);
  const auto heated = [&](const Candidate& c) {
    const auto d = static_cast<uint32_t>(int64_t{y_of(kept[0])} - y_of(c));
    const uint64_t hot = shift > 57 ? 0 : ((uint64_t{d} * heat >> (shift - 1)) + 1) >> 1;
    return hot < sampling::kWeightless ? sampling::weight(static_cast<uint32_t>(hot)) : 0;
  };
  uint64_t sum = 0;
  for (const Candidate& c : kept) sum += heated(c);
  const uint64_t threshold = sampling::portion(sum, sampling::random_number(p.seed, position));
  uint64_t reached = 0;
  for (const Candidate& c : kept) {
    reached += heated(c);
    if (reached > threshold) return c.token;
  }
  return kept[0].token;
}

Outcome outcome_of(uint32_t token, const Rows& kept) {
  Outcome outcome{token, {}};
  for (const Candidate& c : kept) outcome.candidates.push_back(c.token);
  return outcome;
}

Outcome by_definition(const Choice& choice) {
  const SamplerParams& p = choice.params;
  const bool greedy = p.temperature < 0x1p-16f;
  const bool limited = p.top_k >= 1 && p.top_k <= kMaxCandidates;
  const Rows rows = adjusted_rows(choice);
  Rows ranked;
  for (const Candidate& row : rows) {
    if (row.logit > -kInf) ranked.push_back(row);  // and no NaN
  }
  if (ranked.empty()) ranked.push_back({0, -kInf});
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.logit > b.logit; });
  ranked.resize(std::min<size_t>(ranked.size(), limited && !greedy ? p.top_k : kMaxCandidates));

  Rows kept = ranked;
  if (greedy) kept.resize(1);
  if (!greedy && p.top_p < 1) {
    // Of the candidates, the reference is the octave above the best one from the start.
    const auto [sum, reference] = sum_of_rows(limited ? ranked : rows);
    keep_top_p(&kept, sum, reference, p.top_p);
  }
  if (choice.filter != nullptr && !keep_allowed(&kept, ranked, *choice.filter)) {
    if (choice.filter->otherwise != kNoToken) return outcome_of(choice.filter->otherwise, kept);
  }
  if (greedy) return outcome_of(kept[0].token, kept);
  const int64_t best = y_of(kept[0]);
  const auto least = static_cast<uint32_t>(std::floor(static_cast<double>(p.min_p) * 0x1p31));
  size_t count = 1;
  while (count < kept.size() && weight_beside(best, kept[count]) >= least) ++count;
  kept.resize(count);
  return outcome_of(draw(kept, p, choice.position), kept);
}

// --- cases ---

class Cases {
 public:
  explicit Cases(uint64_t seed) : random_(seed) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  template <size_t kCount>
  float any_of(const float (&values)[kCount]) {
    return values[below(kCount)];
  }

  Choice choice() {
    Choice choice;
    const uint32_t rows = below(5) == 0 ? 1 + below(20) : below(20) == 0 ? 1 + below(33000) : 1 + below(1600);
    choice.logits = logits(rows);
    SamplerParams& p = choice.params;
    p.temperature = any_of({0.0f, 1e-6f, 0.01f, 0.3f, 0.8f, 1.0f, 2.5f, 100.0f});
    p.top_k = std::array{0u, 0u, 0u, 0u, 1u, 5u, 40u, 255u, 256u, 1000u}[below(10)];
    p.top_p = any_of({0.95f, 0.95f, 1.0f, 0.5f, 0.9f, 0.999f, 0.9999999f, 0.99999994f, 1e-30f, 0.05f});
    p.min_p = below(2) == 0 ? 0.0f : static_cast<float>(below(500)) / 1000;
    p.repeat_penalty = any_of({1.0f, 1.0f, 1.1f, 0.7f});
    p.presence_penalty = any_of({0.0f, 0.0f, 0.5f, -0.4f});
    p.frequency_penalty = any_of({0.0f, 0.0f, 0.3f, -0.2f});
    p.repeat_last_n = std::array{0u, 1u, 16u, 64u, 256u}[below(5)];
    p.seed = random_();
    for (uint32_t token = below(8); below(2) == 0 && choice.biases.size() < kMaxLogitBias; token += 1 + below(50)) {
      choice.biases.push_back({token, any_of({-kInf, -100.0f, -1.0f, 1.5f, 4.0f})});
    }
    choice.history.resize(below(300));
    for (uint32_t& token : choice.history) token = below(rows + 5);
    choice.position = below(100000);
    return choice;
  }

 private:
  // Of many scales; whole numbers for ties; rising ones; a low beginning, as pieces of one byte have it; extremes.
  std::vector<float> logits(uint32_t rows) {
    std::vector<float> logits(rows);
    const float scale = std::exp2(static_cast<float>(below(14)) - 6);
    const uint32_t kind = below(8);
    std::normal_distribution<float> normal;
    for (uint32_t i = 0; i < rows; ++i) {
      float& x = logits[i];
      x = normal(random_) * scale;
      if (kind == 1) x += 100;
      if (kind == 2) x = std::round(x);
      if (kind == 3 && below(8) == 0) {
        x = any_of({0.0f, -0.0f, 1e-40f, -1e-40f, 9000, -9000, 3e38f, -3e38f, kInf, -kInf, kNan, -kNan, 8191.9f});
      }
      if (kind == 4) x += scale * 4 * static_cast<float>(i) / static_cast<float>(rows);
      if (kind == 5) x = -3 * std::abs(x);
      if (kind == 6 && i < 260) x -= 30;
    }
    return logits;
  }

  std::mt19937_64 random_;
};

Outcome by_sampler(const Choice& choice, uint32_t most_rows, uint32_t block, bool by_look = false) {
  Sampler sampler;
  SamplerParams params = choice.params;
  params.logit_bias = choice.biases;
  EXPECT_TRUE(sampler.set_params(params).ok());
  if (choice.filter != nullptr) sampler.set_filter(choice.filter->filter());
  sampler.begin(choice.position, choice.history, most_rows,
                by_look ? thimble::Choice::kByLook : thimble::Choice::kAtOnce);
  const std::span<const float> logits = choice.logits;
  for (size_t row = 0; row < logits.size(); row += block) {
    sampler.feed(static_cast<uint32_t>(row), logits.subspan(row, std::min<size_t>(block, logits.size() - row)));
  }
  const uint32_t token = sampler.pick();
  Outcome outcome{token, {}};
  for (const Candidate& c : sampler.candidates()) outcome.candidates.push_back(c.token);
  return outcome;
}

TEST(SamplerChoice, IsTheDefinitionsForTenThousandLogitsAndSettings) {
  Cases cases(20);
  for (int i = 0; i < 10000; ++i) {
    const Choice choice = cases.choice();
    const auto rows = static_cast<uint32_t>(choice.logits.size());
    const uint32_t most = cases.below(3) == 0 ? UINT32_MAX : rows + cases.below(2) * cases.below(5000);
    const uint32_t block = cases.below(3) == 0 ? rows : cases.below(2) == 0 ? 128 : 1 + cases.below(300);
    ASSERT_EQ(by_sampler(choice, most, block), by_definition(choice)) << "case " << i;
  }
}

TEST(SamplerChoice, WithAFilterIsTheDefinitionsForTenThousandLogitsAndSettings) {
  Cases cases(21);
  int unsure = 0;
  for (int i = 0; i < 10000; ++i) {
    Choice choice = cases.choice();
    const SomeTokens some{cases.below(40), cases.below(2) == 0 ? kNoToken : 77};
    choice.filter = &some;
    const auto rows = static_cast<uint32_t>(choice.logits.size());
    const Outcome definition = by_definition(choice);
    ASSERT_EQ(by_sampler(choice, rows, 128), definition) << "case " << i;
    const uint32_t look = by_sampler(choice, rows, i % 2 == 0 ? rows : 128, /*by_look=*/true).token;
    ASSERT_TRUE(look == definition.token || look == kNoToken) << "by a look, case " << i;
    unsure += look == kNoToken ? 1 : 0;
  }
  EXPECT_LT(unsure, 500);
}

// The bar is low enough: just above the nucleus stands a crowd whose every member is needed.
TEST(SamplerChoice, AFlatCrowdFarBelowTheBestIsCounted) {
  for (const float depth : {8.0f, 10.0f, 11.0f, 12.0f, 13.0f}) {
    Choice choice;
    choice.logits.assign(30000, -depth);
    choice.logits[29999] = 0;
    for (const float top_p : {0.5f, 0.9f, 0.95f, 0.99f, 0.999f}) {
      choice.params = {.top_k = 0, .top_p = top_p, .min_p = 0};
      ASSERT_EQ(by_sampler(choice, 30000, 128), by_definition(choice)) << depth << " " << top_p;
    }
  }
}

}  // namespace
}  // namespace thimble
