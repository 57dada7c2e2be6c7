// Choosing the next token. docs/NUMERICS.md ("Sampling") defines every step, so that the same logits and seed give
// the same token on every machine, whether the logits come at once or block by block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble {

class Model;
struct Kernels;  // src/kernels/kernels.h

inline constexpr uint32_t kMaxCandidates = 256;     // the best tokens that filters and the draw can choose from
inline constexpr uint32_t kMaxPenaltyWindow = 256;  // tokens that the penalties look back at
inline constexpr uint32_t kMaxLogitBias = 64;

struct LogitBias {
  uint32_t token = 0;  // any id; one that is not in the vocabulary has no effect
  float bias = 0;      // finite or -inf; added to the logit first of all; -inf forbids the token
};

// Steps act in this order, each on what the one before left: logit bias, repetition penalty, frequency and presence
// penalty, top-k, top-p, min-p, temperature, draw.
struct SamplerParams {
  float temperature = 0.8f;        // finite, >= 0; under 2^-16: greedy, the best token, the lower id on a tie
  uint32_t top_k = 40;             // keep this many best; 0 or > kMaxCandidates: no filter, but see kMaxCandidates
  float top_p = 0.95f;             // (0, 1]: keep the fewest best that make up this share of what is left; 1: off
  float min_p = 0.05f;             // [0, 1): drop what is less probable than min_p times the best; 0: off
  float repeat_penalty = 1.0f;     // finite, > 0: a seen token's logit is divided by it (multiplied when <= 0); 1: off
  float presence_penalty = 0.0f;   // finite: subtracted once from each seen token; 0: off
  float frequency_penalty = 0.0f;  // finite: subtracted once per occurrence; 0: off
  uint32_t repeat_last_n = 64;     // how many of the last tokens count as seen, <= kMaxPenaltyWindow; 0: off
  uint64_t seed = 0;               // any; with the position, the key of the one random number per token
  std::span<const LogitBias> logit_bias{};  // <= kMaxLogitBias, no token twice; read by set_params only
};

struct Candidate {
  uint32_t token = 0;
  float logit = 0;  // after bias and penalties
};

// Which tokens may be chosen at all.
struct TokenFilter {
  // Asked of the best candidates, not of every row, from begin() to pick(). Null: all.
  bool (*allows)(const void* context, uint32_t token) = nullptr;
  // The token where none of the candidates may be chosen; kNoToken for the choice that would be made without a filter.
  uint32_t (*otherwise)(const void* context) = nullptr;
  const void* context = nullptr;
};

// How a choice is made where top-p is a share of all rows, whose weights are many more than those that decide.
enum class Choice : uint8_t {
  kAtOnce,  // the rows come once
  kByLook,  // what hardly weighs is left out; where that matters, pick() says so, and they must come again
};

// What a model file recommends (its about section, keys sampling.*); the defaults above for what it does not state or
// states outside the range. The seed stays 0. Every program starts from this, so that the same seed tells the same
// text.
SamplerParams model_sampling(const Model& model);

// Under 4 kB. For each token: begin, feed the rows in order, pick.
//
// A row that cannot matter costs five integer instructions, or nine where the best is looked for first; less where
// kernels have vectors. Only top_p < 1 without top_k needs probabilities, some 75 instructions more for each row that
// is not 32 powers of two less probable than the best; with Choice::kByLook of those that are not 17 or so, and 20 for
// each that is not 20.
class Sampler {
 public:
  Sampler();  // with the default parameters

  // Errors, which leave everything as it was: kInvalidArgument (subject: the field; for logit_bias with the index),
  // kLimit (too many biases).
  Status set_params(const SamplerParams& params);
  const SamplerParams& params() const { return params_; }  // logit_bias empty

  // From the next begin() on; `context` must stay good. Only where THIMBLE_WORD_GUARD is on; else it has no effect.
  void set_filter(const TokenFilter& filter);

  // The same bias for each of `tokens` that has none yet, as far as there is room among kMaxLogitBias; forget_added()
  // and set_params() take it back. Only where THIMBLE_WORD_GUARD is on.
  void add_bias(std::span<const uint32_t> tokens, float bias);
  void forget_added();

  // Starts a choice for the token at `position`; `history` is the sequence so far (its last repeat_last_n count).
  // most_rows: feed() will bring no more in all. It does not change the choice, and neither does `choice`: who knows
  // the one, and can bring all rows a second time, gets it sooner.
  void begin(uint32_t position, std::span<const uint32_t> history, uint32_t most_rows = UINT32_MAX,
             Choice choice = Choice::kAtOnce);
  // The next rows of the logits; first_row rises from block to block. Blocks of any size, also empty ones, give the
  // same result. A row that is never fed cannot be chosen. NaN counts as -infinity, -0 as +0.
  void feed(uint32_t first_row, std::span<const float> logits);
  // The chosen token id. Call once, after all rows. Where every row is -infinity, it is the first row fed. kNoToken,
  // after Choice::kByLook alone, and seldom: begin again with kAtOnce, and feed the same rows.
  uint32_t pick();

  // After pick(): what was left after all filters, best first, ties by lower id first; never empty. By a look, there
  // may be more at the end.
  std::span<const Candidate> candidates() const { return {candidates_.data(), candidate_count_}; }

 private:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  void prepare();
  uint32_t next_adjusted_row() const;
  float adjust(uint32_t token, float logit);
  int32_t octaves_of_top_p(uint32_t rows) const;
  void take(uint32_t first_row, std::span<const float> logits);
  void raise_best(const Candidate& row);
  void keep(const Candidate& row);
  void raise_reference(int32_t y);
  void raise_bars();
  void drop_below_bar();
  void make_heap(bool best_on_top);
  void sift(uint32_t hole, bool best_on_top);
  void rank(uint32_t count);
  bool keep_top_p();
  bool keep_allowed();
  void keep_min_p();
  uint32_t draw();
  uint32_t draw_of(uint32_t count);
  uint64_t sum_of_candidates(uint32_t count, int32_t y, bool heated) const;
  uint32_t candidates_that_reach(uint64_t wanted, int32_t y, bool heated);
  uint32_t weight_beside(int32_t y, float logit, bool heated) const;

  // Of one choice, made anew by begin(). What is asked of each row stands in front, where short instructions reach it.

  // Logits by their order_key: rows not above a bar ...
  int32_t candidate_bar_;  // cannot be chosen; by a look, hardly
  int32_t weigh_bar_;      // are counted, not weighed: by a look
  int32_t sum_bar_;        // do not add to the sum; by a look, next to nothing
  int32_t best_;           // of the rows taken
  int32_t allowed_;        // of the best row that the filter is known to allow
  // By their log2_units.
  int32_t reference_;  // what the sum is relative to
  uint64_t sum_;       // of the rows' weights, 2^(y - reference) each, in units of 2^-31
  uint32_t few_;       // rows between the bars of weighing and of the sum

  uint32_t held_;                 // entries of candidates_
  uint32_t ranked_;               // of those, in order
  uint32_t candidate_count_ = 0;  // of those, left by the filters; by a look, so many at most
  uint32_t least_count_;          // and so many at least
  bool heaped_;                   // all places are taken, and the others are a heap with the worst on top
  bool by_look_;
  // How far below the reference the bars are.
  int32_t candidate_octaves_;
  int32_t weigh_octaves_;
  int32_t sum_octaves_;
  uint32_t most_rows_;
  uint32_t position_;
  uint32_t first_row_;  // the first row fed
  uint32_t window_count_;
  uint32_t next_window_;  // the first entry at or behind the next row
  uint32_t next_bias_;    // likewise

  // Made of the parameters by prepare().
  bool greedy_;
  bool penalise_;      // a penalty is on
  bool sum_all_rows_;  // top-p over the whole vocabulary
  uint32_t most_candidates_;
  float inverse_repeat_;  // 1 / repeat_penalty
  uint32_t top_p_;        // in units of 2^-32; 0: off
  uint32_t min_p_;        // in units of 2^-31
  uint32_t heat_;         // 1 / temperature = heat_ * 2^-heat_shift_; not when greedy
  uint32_t heat_shift_;

  const Kernels* kernels_;  // static
  SamplerParams params_;
  TokenFilter filter_;
  uint32_t bias_count_ = 0;
  uint64_t added_ = 0;  // a bit for each entry of biases_ that add_bias() made

  std::array<LogitBias, kMaxLogitBias> biases_;     // sorted by token
  std::array<uint32_t, kMaxPenaltyWindow> window_;  // the last tokens, sorted
  // Rows that may be chosen: the ranked ones, best first, then the others. Those are a heap: with the worst on top when
  // all places are taken, with the best on top from pick() on.
  std::array<Candidate, kMaxCandidates> candidates_;
};

}  // namespace thimble
