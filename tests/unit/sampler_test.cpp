// The sampler step by step, against values worked out by hand or by the maths library.

#include "thimble/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <vector>

#include "engine/sampler_math.h"
#include "tests/support/model_fixture.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kHuge = std::numeric_limits<float>::max();

static_assert(sizeof(Sampler) <= 4096, "a Sampler lives in the small memory of a chip");

// Every filter off.
SamplerParams plain(float temperature = 1) {
  SamplerParams p;
  p.temperature = temperature;
  p.top_k = 0;
  p.top_p = 1;
  p.min_p = 0;
  return p;
}

uint32_t choose(Sampler& sampler, std::span<const float> logits, uint32_t position = 0,
                std::span<const uint32_t> history = {}) {
  sampler.begin(position, history);
  sampler.feed(0, logits);
  return sampler.pick();
}

Sampler sampler_with(const SamplerParams& params) {
  Sampler sampler;
  EXPECT_TRUE(sampler.set_params(params).ok());
  return sampler;
}

std::vector<uint32_t> tokens_of(std::span<const Candidate> candidates) {
  std::vector<uint32_t> tokens;
  for (const Candidate& c : candidates) tokens.push_back(c.token);
  return tokens;
}

// The tokens that are left after all filters.
std::vector<uint32_t> kept(const SamplerParams& params, std::span<const float> logits) {
  Sampler sampler = sampler_with(params);
  choose(sampler, logits);
  return tokens_of(sampler.candidates());
}

// Logits in [-12, 12) from integers alone, the same on every machine.
std::vector<float> seeded_logits(size_t rows, uint32_t seed) {
  std::vector<float> logits(rows);
  for (size_t i = 0; i < rows; ++i) {
    const uint32_t r = sampling::random_number(seed, static_cast<uint32_t>(i));
    logits[i] = static_cast<float>(static_cast<int32_t>(r >> 8) - (1 << 23)) * (12.0f / (1 << 23));
  }
  return logits;
}

using Tokens = std::vector<uint32_t>;

// --- The best ---

TEST(Sampler, GreedyTakesTheBest) {
  Sampler sampler = sampler_with(plain(0));
  EXPECT_EQ(choose(sampler, std::vector<float>{1, 3, 2}), 1u);
  EXPECT_EQ(choose(sampler, std::vector<float>{-3, -1, -2}), 1u);
  EXPECT_EQ(choose(sampler, std::vector<float>{-3, -1, -2, 1e-40f}), 3u);
  EXPECT_EQ(choose(sampler, std::vector<float>{kHuge, kInf, 0}), 1u);
  EXPECT_EQ(choose(sampler, std::vector<float>{5}), 0u);
  EXPECT_EQ(sampler.candidates().size(), 1u);
}

TEST(Sampler, TiesGoToTheLowerId) {
  EXPECT_EQ(kept(plain(0), std::vector<float>{1, 2, 2, 2}), Tokens{1});
  EXPECT_EQ(kept(plain(0), std::vector<float>{-1, -0.0f, 0.0f}), Tokens{1});
  EXPECT_EQ(kept(plain(0), std::vector<float>{-1, 0.0f, -0.0f}), Tokens{1});
  SamplerParams p = plain();
  p.top_k = 3;
  EXPECT_EQ(kept(p, std::vector<float>{7, 7, 7, 7, 7}), (Tokens{0, 1, 2}));
  EXPECT_EQ(kept(p, std::vector<float>{7, 7, 8, 7, 9}), (Tokens{4, 2, 0}));
}

TEST(Sampler, NanIsMinusInfinity) {
  EXPECT_EQ(kept(plain(0), std::vector<float>{kNan, -kNan, -kInf, -kHuge, kNan}), Tokens{3});
  EXPECT_EQ(kept(plain(), std::vector<float>{kNan, 1, -kNan, 2, -kInf}), (Tokens{3, 1}));
}

TEST(Sampler, NothingButMinusInfinityGivesTheFirstRow) {
  for (const float temperature : {0.0f, 1.0f, 1e30f}) {
    SamplerParams p = plain(temperature);
    p.top_p = 0.5f;
    EXPECT_EQ(kept(p, std::vector<float>{-kInf, kNan, -kNan}), Tokens{0});
  }
  Sampler sampler;
  sampler.begin(0, {});
  EXPECT_EQ(sampler.pick(), 0u);
  sampler.begin(0, {});
  sampler.feed(7, {});
  sampler.feed(9, std::vector<float>{-kInf});
  EXPECT_EQ(sampler.pick(), 9u);
}

TEST(Sampler, MinusInfinityIsNeverDrawn) {
  // So hot that every difference vanishes, and beside logits as low as they come.
  Sampler sampler = sampler_with(plain(kHuge));
  const std::vector<float> logits = {-kInf, -kHuge, kNan, -kHuge};
  std::map<uint32_t, int> seen;
  for (uint32_t position = 0; position < 1000; ++position) ++seen[choose(sampler, logits, position)];
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_GT(seen[1], 400);
  EXPECT_GT(seen[3], 400);
}

TEST(Sampler, KeepsAtMostTheMaximumOfCandidates) {
  const std::vector<float> logits = seeded_logits(32000, 3);
  Tokens order(logits.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return logits[a] > logits[b]; });
  for (const uint32_t top_k : {0u, 1u, 2u, 40u, 255u, 256u, 257u, UINT32_MAX}) {
    SamplerParams p = plain(100);
    p.top_k = top_k;
    const size_t count = top_k == 0 || top_k > 256 ? 256 : top_k;
    EXPECT_EQ(kept(p, logits), Tokens(order.begin(), order.begin() + static_cast<ptrdiff_t>(count))) << top_k;
  }
}

TEST(Sampler, RowsThatAreNotFedCannotBeChosen) {
  Sampler sampler = sampler_with(plain(0));
  const LogitBias biases[] = {{2, 100.0f}, {11, 1.0f}};
  SamplerParams p = plain(0);
  p.logit_bias = biases;
  ASSERT_TRUE(sampler.set_params(p).ok());
  sampler.begin(0, {});
  sampler.feed(5, std::vector<float>{1, 2});
  sampler.feed(10, std::vector<float>{1.5f, 1.5f});
  EXPECT_EQ(sampler.pick(), 11u);
  EXPECT_EQ(sampler.candidates()[0].logit, 2.5f);
}

// --- Bias and penalties ---

float adjusted(const SamplerParams& params, float logit, const Tokens& history) {
  SamplerParams p = params;
  p.top_k = 1;
  Sampler sampler = sampler_with(p);
  EXPECT_EQ(choose(sampler, {&logit, 1}, 0, history), 0u);
  return sampler.candidates()[0].logit;
}

TEST(Sampler, PenaltiesByValue) {
  SamplerParams p = plain();
  p.repeat_penalty = 2;
  EXPECT_EQ(adjusted(p, 3, {0}), 1.5f);
  EXPECT_EQ(adjusted(p, -3, {0, 0}), -6.0f);
  EXPECT_EQ(adjusted(p, -0.0f, {0}), 0.0f);
  EXPECT_EQ(adjusted(p, 3, {1, 2}), 3.0f);
  p.repeat_penalty = 1;
  p.frequency_penalty = 0.25f;
  EXPECT_EQ(adjusted(p, 3, {0, 5, 0, 0}), 2.25f);
  p.presence_penalty = 0.5f;
  EXPECT_EQ(adjusted(p, 3, {0, 5, 0, 0}), 1.75f);
  p.presence_penalty = -1;
  EXPECT_EQ(adjusted(p, 3, {0, 5, 0, 0}), 3.25f);
}

TEST(Sampler, StepsOfAnAdjustmentComeInOrder) {
  const LogitBias bias{0, -5};
  SamplerParams p = plain();
  p.logit_bias = {&bias, 1};
  p.repeat_penalty = 3;
  p.presence_penalty = 0.1f;
  p.frequency_penalty = 0.3f;
  // The bias first: it turns the sign, so that the penalty multiplies. Each step rounds by itself.
  float expected = 3.7f + -5.0f;
  expected = expected * 3.0f;
  const float charge = 0.3f * 2.0f;
  expected = expected - (charge + 0.1f);
  EXPECT_EQ(adjusted(p, 3.7f, {0, 0}), expected);
  // Division is multiplication by the rounded reciprocal: 1/3 = 0x3eaaaaab.
  EXPECT_EQ(adjusted(p, 8.7f, {0}), (8.7f + -5.0f) * std::bit_cast<float>(0x3eaaaaabu) - (0.3f + 0.1f));
}

TEST(Sampler, BiasesForbidAndForce) {
  const LogitBias biases[] = {{9, 50}, {1, -kInf}, {3, 2}, {77, 1000}};  // any order, any id
  SamplerParams p = plain(0);
  p.logit_bias = biases;
  Sampler sampler = sampler_with(p);
  EXPECT_TRUE(sampler.params().logit_bias.empty());
  EXPECT_EQ(choose(sampler, std::vector<float>{1, 5, 4, 3.5f, 0}), 3u);
  EXPECT_EQ(choose(sampler, std::vector<float>{0, 5, 0, 0, 0, 0, 0, 0, 0, 0}), 9u);
  EXPECT_EQ(choose(sampler, std::vector<float>{-7, kInf}), 0u);  // inf - inf is NaN, so forbidden as well
}

TEST(Sampler, PenaltiesLookBackAtTheWindowOnly) {
  const std::vector<float> logits(6, 1.0f);
  SamplerParams p = plain();
  p.presence_penalty = 1;
  p.repeat_last_n = 2;
  Sampler sampler = sampler_with(p);
  const Tokens history = {5, 0, 4, 1000000};  // an id beyond the vocabulary is allowed
  choose(sampler, logits, 0, history);
  EXPECT_EQ(tokens_of(sampler.candidates()), (Tokens{0, 1, 2, 3, 5, 4}));
  p.repeat_last_n = 0;
  sampler = sampler_with(p);
  choose(sampler, logits, 0, history);
  EXPECT_EQ(tokens_of(sampler.candidates()), (Tokens{0, 1, 2, 3, 4, 5}));
  p.repeat_last_n = kMaxPenaltyWindow;
  sampler = sampler_with(p);
  Tokens longest(kMaxPenaltyWindow, 2);
  longest.insert(longest.begin(), 1);  // one too far back
  choose(sampler, logits, 0, longest);
  EXPECT_EQ(tokens_of(sampler.candidates()), (Tokens{0, 1, 3, 4, 5, 2}));
}

// --- Filters ---

// Probabilities 8/15, 4/15, 2/15, 1/15.
const std::vector<float> kHalves = {0, 0.6931472f, 2 * 0.6931472f, 3 * 0.6931472f};

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  SamplerParams p = plain();
  for (const uint32_t top_k : {0u, 4u, 100u}) {  // the sum over all rows, and the one over the candidates
    p.top_k = top_k;
    p.top_p = 0.53f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3}));
    p.top_p = 0.54f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
    p.top_p = 0.81f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2, 1}));
    p.top_p = 0.94f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2, 1, 0}));
    p.top_p = 1e-30f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3}));
    p.top_p = 0.99999994f;
    EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2, 1, 0}));
  }
}

TEST(Sampler, ALimitThatIsMetExactlyIsMet) {
  SamplerParams p = plain();
  p.top_p = 0.5f;
  EXPECT_EQ(kept(p, std::vector<float>{1, 1}), Tokens{0});
  p.top_p = 1;
  p.min_p = 0.5f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
}

TEST(Sampler, ARowFarAboveTheOthersWipesOutTheirSum) {
  SamplerParams p = plain();
  p.top_p = 0.99f;
  for (const float far : {22.0f, 44.36142f, 45.0f, 1000.0f, 16000.0f}) {  // 44.36142 is exactly 64 octaves
    EXPECT_EQ(kept(p, std::vector<float>{0, 0, 0, far, 0}), Tokens{3}) << far;
  }
}

TEST(Sampler, TopPIsAShareOfWhatTopKLeft) {
  SamplerParams p = plain();
  p.top_k = 2;  // 2/3 and 1/3
  p.top_p = 0.6f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3}));
  p.top_p = 0.7f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
}

TEST(Sampler, TopPWithoutTopKCountsEveryRow) {
  // The best has half of everything, the other 31,999 share the rest: only 255 of those can be candidates.
  std::vector<float> logits(32000, 0.0f);
  logits[20000] = std::log(31999.0f);
  SamplerParams p = plain();
  p.top_p = 0.4999f;
  EXPECT_EQ(kept(p, logits).size(), 1u);
  p.top_p = 0.5001f;
  EXPECT_EQ(kept(p, logits).size(), 8u);  // the best, and 0.0001 is 6.4 times one of the rest
  p.top_p = 0.9f;
  EXPECT_EQ(kept(p, logits).size(), 256u);
}

TEST(Sampler, MinPComparesWithTheBest) {
  SamplerParams p = plain();
  p.min_p = 0.49f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
  p.min_p = 0.51f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3}));
  p.min_p = 0.12f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2, 1, 0}));
  p.min_p = 1e-20f;
  EXPECT_EQ(kept(p, std::vector<float>{0, -100}), (Tokens{0, 1}));
}

TEST(Sampler, TemperatureComesAfterTheFilters) {
  SamplerParams p = plain(100);
  p.top_p = 0.54f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
  p.temperature = 0.01f;
  EXPECT_EQ(kept(p, kHalves), (Tokens{3, 2}));
}

// --- The draw ---

// Draws often and holds the counts against the exact probabilities: each within 5 standard deviations, and chi-square
// below the mean plus 6 standard deviations of its distribution. An honest sampler fails once in 10^5 settings.
void expect_distribution(const SamplerParams& params, std::span<const float> logits,
                         const std::map<uint32_t, double>& probabilities) {
  constexpr uint32_t kSeeds = 400;
  constexpr uint32_t kPositions = 500;
  constexpr double kDraws = kSeeds * kPositions;
  std::map<uint32_t, double> counts;
  SamplerParams p = params;
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    p.seed = seed;
    Sampler sampler = sampler_with(p);
    for (uint32_t position = 0; position < kPositions; ++position) ++counts[choose(sampler, logits, position)];
  }
  double chi = 0;
  double all = 0;
  for (const auto& [token, probability] : probabilities) {
    const double expected = kDraws * probability;
    const double off = counts[token] - expected;
    EXPECT_LE(std::abs(off), 5 * std::sqrt(expected * (1 - probability)) + 1) << token;
    chi += off * off / expected;
    all += counts[token];
  }
  EXPECT_EQ(all, kDraws);  // nothing else was drawn
  const double freedom = static_cast<double>(probabilities.size()) - 1;
  EXPECT_LE(chi, freedom + 6 * std::sqrt(2 * freedom));
}

// softmax(logits / temperature) over the given tokens.
std::map<uint32_t, double> softmax(std::span<const float> logits, const Tokens& tokens, double temperature) {
  std::map<uint32_t, double> probabilities;
  double sum = 0;
  for (const uint32_t t : tokens) sum += probabilities[t] = std::exp(static_cast<double>(logits[t]) / temperature);
  for (auto& [token, probability] : probabilities) probability /= sum;
  return probabilities;
}

const std::vector<float> kSome = {0.5f, -1, 2, 1.25f, 0, 3, -2.5f, 1, 2.75f, 0.1f, 1.9f, -0.3f};

TEST(SamplerDraw, FollowsTheSoftmax) {
  Tokens all(kSome.size());
  std::iota(all.begin(), all.end(), 0u);
  expect_distribution(plain(1), kSome, softmax(kSome, all, 1));
}

TEST(SamplerDraw, FollowsTheSoftmaxWhenHot) {
  Tokens all(kSome.size());
  std::iota(all.begin(), all.end(), 0u);
  expect_distribution(plain(3.5f), kSome, softmax(kSome, all, 3.5));
}

TEST(SamplerDraw, FollowsTheSoftmaxOfWhatTheFiltersLeft) {
  SamplerParams p = plain(0.6f);
  p.top_k = 8;     // logits from 0.1 on
  p.min_p = 0.2f;  // exp(-1.61): from 1.39 on, because the best is 3
  expect_distribution(p, kSome, softmax(kSome, {5, 8, 2, 10}, static_cast<double>(0.6f)));
}

TEST(SamplerDraw, ExtremeTemperatures) {
  const std::vector<float> logits = {1, 1.001f, 0};
  Sampler cold = sampler_with(plain(1.6e-5f));  // just above greedy: a thousandth is 62 times the temperature
  Sampler coldest = sampler_with(plain(1e-30f));
  Sampler hot = sampler_with(plain(kHuge));
  std::map<uint32_t, int> seen;
  for (uint32_t position = 0; position < 3000; ++position) {
    EXPECT_EQ(choose(cold, logits, position), 1u);
    EXPECT_EQ(choose(coldest, logits, position), 1u);
    ++seen[choose(hot, logits, position)];
  }
  for (uint32_t token = 0; token < 3; ++token) EXPECT_NEAR(seen[token], 1000, 130) << token;  // 5 deviations
}

// Seeds made by running the generator backwards, for the random numbers at the edges of two equal halves.
TEST(SamplerDraw, EachPartBeginsWhereTheOneBeforeEnds) {
  struct Edge {
    uint64_t seed;
    uint32_t random;
    uint32_t token;
  };
  for (const Edge& edge : {Edge{0x21f46ef85451be10u, 0u, 0u}, Edge{0x63260fd30cd6f90cu, 2147483647u, 0u},
                           Edge{0xa0b9bf0af6d47a11u, 2147483648u, 1u}, Edge{0xc38cb8021a25fca4u, 4294967295u, 1u}}) {
    ASSERT_EQ(sampling::random_number(edge.seed, 0), edge.random);
    SamplerParams p = plain();
    p.seed = edge.seed;
    Sampler sampler = sampler_with(p);
    EXPECT_EQ(choose(sampler, std::vector<float>{3, 3}), edge.token);
  }
}

TEST(SamplerDraw, DependsOnNothingButSeedAndPosition) {
  const std::vector<float> logits = seeded_logits(500, 9);
  SamplerParams p = plain(2);
  p.seed = 1234;
  Sampler busy = sampler_with(p);
  std::vector<uint32_t> first;
  for (uint32_t position = 0; position < 50; ++position) first.push_back(choose(busy, logits, position, first));
  for (uint32_t position = 50; position-- > 0;) {
    EXPECT_EQ(choose(busy, logits, position), first[position]);
    Sampler fresh = sampler_with(p);
    EXPECT_EQ(choose(fresh, logits, position, Tokens{1, 2, 3}), first[position]);
  }
  p.seed = 1235;
  Sampler other = sampler_with(p);
  int same = 0;
  for (uint32_t position = 0; position < 50; ++position) same += choose(other, logits, position) == first[position];
  EXPECT_LT(same, 10);
}

TEST(SamplerDraw, OneTokenIsAlwaysDrawn) {
  for (const float logit : {0.0f, 1e30f, -1e30f, kInf, -kInf, kNan}) {
    for (const float temperature : {0.0f, 0.01f, 1.0f, 100.0f}) {
      Sampler sampler = sampler_with(SamplerParams{.temperature = temperature});
      EXPECT_EQ(choose(sampler, {&logit, 1}, 3), 0u);
    }
  }
}

// Pinned: a change of the definition anywhere on the way shows here.
TEST(SamplerDraw, TokensArePinned) {
  const std::vector<float> logits = seeded_logits(32000, 1);
  const auto run = [&](const SamplerParams& p) {
    Sampler sampler = sampler_with(p);
    Tokens tokens;
    for (int i = 0; i < 5; ++i) {
      tokens.push_back(choose(sampler, logits, static_cast<uint32_t>(tokens.size()), tokens));
    }
    return tokens;
  };
  EXPECT_EQ(run(plain(0)), (Tokens{1060, 1060, 1060, 1060, 1060}));
  EXPECT_EQ(run(SamplerParams{}), (Tokens{104, 18189, 18552, 11583, 18189}));
  SamplerParams p = plain(0.7f);
  p.top_p = 0.01f;
  p.seed = 42;
  EXPECT_EQ(run(p), (Tokens{27916, 8661, 13276, 25937, 1060}));
  p.repeat_penalty = 1.3f;
  p.frequency_penalty = 0.2f;
  EXPECT_EQ(run(p), (Tokens{27916, 8661, 3542, 31322, 1060}));
}

// --- Parameters ---

void expect_refused(const SamplerParams& params, std::string_view field) {
  Sampler sampler = sampler_with(plain(0.25f));
  const Status status = sampler.set_params(params);
  EXPECT_EQ(status.code(), Code::kInvalidArgument) << field;
  EXPECT_EQ(std::string_view(status.subject()), field);
  EXPECT_EQ(sampler.params().temperature, 0.25f) << "a refusal must change nothing";
}

TEST(SamplerParams, WrongOnesAreRefusedByName) {
  for (const float x : {-1.0f, -1e-45f, kInf, -kInf, kNan, -kNan}) {
    expect_refused(SamplerParams{.temperature = x}, "temperature");
    expect_refused(SamplerParams{.top_p = x}, "top_p");
    expect_refused(SamplerParams{.min_p = x}, "min_p");
    expect_refused(SamplerParams{.repeat_penalty = x}, "repeat_penalty");
  }
  expect_refused(SamplerParams{.top_p = 0}, "top_p");
  expect_refused(SamplerParams{.top_p = 1.0000001f}, "top_p");
  expect_refused(SamplerParams{.min_p = 1}, "min_p");
  expect_refused(SamplerParams{.repeat_penalty = 0}, "repeat_penalty");
  for (const float x : {kInf, -kInf, kNan, -kNan}) {
    expect_refused(SamplerParams{.presence_penalty = x}, "presence_penalty");
    expect_refused(SamplerParams{.frequency_penalty = x}, "frequency_penalty");
  }
  expect_refused(SamplerParams{.repeat_last_n = kMaxPenaltyWindow + 1}, "repeat_last_n");
}

TEST(SamplerParams, WrongBiasesAreRefusedByIndex) {
  for (const LogitBias& wrong : {LogitBias{1, kInf}, LogitBias{1, kNan}, LogitBias{1, -kNan}, LogitBias{5, 2}}) {
    const LogitBias biases[] = {{5, 1}, wrong};
    SamplerParams p;
    p.logit_bias = biases;
    expect_refused(p, "logit_bias");
    Sampler sampler;
    EXPECT_EQ(sampler.set_params(p).index(), 1);
  }
  std::vector<LogitBias> many(kMaxLogitBias + 1);
  for (uint32_t i = 0; i < many.size(); ++i) many[i].token = i;
  SamplerParams p;
  p.logit_bias = many;
  Sampler sampler;
  EXPECT_EQ(sampler.set_params(p).code(), Code::kLimit);
  p.logit_bias = p.logit_bias.first(kMaxLogitBias);
  EXPECT_TRUE(sampler.set_params(p).ok());
}

TEST(SamplerParams, LimitsAreAllowed) {
  SamplerParams p;
  p.temperature = kHuge;
  p.top_p = 1e-45f;
  p.min_p = 0.99999994f;
  p.repeat_penalty = 1e-45f;
  p.presence_penalty = kHuge;
  p.frequency_penalty = -kHuge;
  p.repeat_last_n = kMaxPenaltyWindow;
  Sampler sampler = sampler_with(p);
  EXPECT_EQ(choose(sampler, std::vector<float>{1, 2}, 0, Tokens{0, 0, 1}), 0u);
  p.temperature = -0.0f;
  p.repeat_penalty = kHuge;
  EXPECT_TRUE(sampler.set_params(p).ok());
}

// Model files may state anything.
TEST(ModelSampling, TakesWhatIsInRangeAndPassesOverTheRest) {
  const auto imported = testing::to_imported(testing::make_fixture(testing::small_spec()));
  const auto of = [&](std::vector<std::pair<std::string, float>> stored) {
    tools::ConvertOptions options;
    options.self_test = false;
    options.sampling = std::move(stored);
    const auto image = tools::convert(imported, options);
    Model model;
    EXPECT_TRUE(model.open(image.span()).ok());
    return model_sampling(model);
  };
  const SamplerParams plain;
  const SamplerParams all = of({{"sampling.temperature", 0.0f},
                                {"sampling.top_p", 1.0f},
                                {"sampling.min_p", 0.0f},
                                {"sampling.repeat_penalty", 1.5f},
                                {"sampling.top_k", 256.0f}});
  EXPECT_EQ(all.temperature, 0.0f);
  EXPECT_EQ(all.top_p, 1.0f);
  EXPECT_EQ(all.min_p, 0.0f);
  EXPECT_EQ(all.repeat_penalty, 1.5f);
  EXPECT_EQ(all.top_k, 256u);
  const SamplerParams none = of({{"sampling.temperature", -1.0f},
                                 {"sampling.top_p", 0.0f},
                                 {"sampling.min_p", 1.0f},
                                 {"sampling.repeat_penalty", -2.0f},
                                 {"sampling.top_k", -5.0f}});
  EXPECT_EQ(none.temperature, plain.temperature);
  EXPECT_EQ(none.top_p, plain.top_p);
  EXPECT_EQ(none.min_p, plain.min_p);
  EXPECT_EQ(none.repeat_penalty, plain.repeat_penalty);
  EXPECT_EQ(none.top_k, plain.top_k);
  // top_k is a whole number in a float: each that filters, and larger ones, which do not.
  for (uint32_t k = 0; k <= kMaxCandidates; ++k) EXPECT_EQ(of({{"sampling.top_k", static_cast<float>(k)}}).top_k, k);
  for (const float k : {257.0f, 1e6f, 3e38f}) EXPECT_EQ(of({{"sampling.top_k", k}}).top_k, 0u);
  EXPECT_EQ(of({}).seed, 0u);
  EXPECT_TRUE(Sampler().set_params(of({})).ok());
}

// Of the nucleus what may be chosen; else the next that may; else what the filter says; else as without one.
TEST(SamplerFilter, DropsFromTheNucleusAndThenGoesDownTheRanking) {
  struct Allowed {
    std::vector<uint32_t> tokens;
    uint32_t otherwise = kNoToken;
  } allowed;
  const auto filter = [&] {
    return TokenFilter{[](const void* context, uint32_t token) {
                         const auto& tokens = static_cast<const Allowed*>(context)->tokens;
                         return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
                       },
                       [](const void* context) { return static_cast<const Allowed*>(context)->otherwise; }, &allowed};
  };
  const std::vector<float> logits = {1, 5, 4, 3, 0, 2};
  SamplerParams params = plain();
  params.top_p = 0.9f;  // tokens 1, 2 and 3
  for (const float temperature : {1.0f, 0.0f}) {
    params.temperature = temperature;
    Sampler sampler = sampler_with(params);
    sampler.set_filter(filter());
    allowed.tokens = {3, 5, 0};
    EXPECT_EQ(choose(sampler, logits), 3u);
    EXPECT_EQ(tokens_of(sampler.candidates()), std::vector<uint32_t>{3});
    allowed.tokens = {4, 5, 0};
    EXPECT_EQ(choose(sampler, logits), 5u);
    EXPECT_EQ(tokens_of(sampler.candidates()), std::vector<uint32_t>{5});
    allowed = {{}, 77};
    EXPECT_EQ(choose(sampler, logits), 77u);
    allowed.otherwise = kNoToken;
    Sampler free = sampler_with(params);
    for (uint32_t position = 0; position < 20; ++position) {
      EXPECT_EQ(choose(sampler, logits, position), choose(free, logits, position));
    }
    sampler.set_filter({});
    allowed.tokens = {4};
    EXPECT_EQ(choose(sampler, logits), choose(free, logits));
  }
}

TEST(SamplerFilter, AddedBiasesGoWhereNoneIsAndAreForgotten) {
  const LogitBias given[] = {{2, -1.0f}};
  SamplerParams params = plain();
  params.temperature = 0;
  params.logit_bias = given;
  Sampler sampler = sampler_with(params);
  const std::vector<float> logits = {1.0f, 2.0f, 4.0f, 2.5f, 0.0f};
  EXPECT_EQ(choose(sampler, logits), 2u);
  const uint32_t more[] = {4, 2, 0, 4};
  sampler.add_bias(std::span(more).first(1), 4.0f);
  sampler.add_bias(more, 2.5f);  // for 0 alone: 4 has one, and 2 the caller's
  EXPECT_EQ(choose(sampler, logits), 4u);
  sampler.forget_added();
  EXPECT_EQ(choose(sampler, logits), 2u);
  sampler.add_bias(more, 2.5f);
  EXPECT_EQ(choose(sampler, logits), 0u);
  ASSERT_TRUE(sampler.set_params(params).ok());
  EXPECT_EQ(choose(sampler, logits), 2u);
}

}  // namespace
}  // namespace thimble
