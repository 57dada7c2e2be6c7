#include "apps/cli/scoring.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

constexpr std::string_view kSeparator = "<|endoftext|>";

// The next line of `text`, which loses it.
std::string_view take_line(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// The texts between separator lines, stripped, without empty ones. One text when there is no such line.
std::vector<std::string_view> stories_of(std::string_view text, bool* separated) {
  std::vector<std::string_view> stories;
  *separated = false;
  const char* begin = text.data();
  const auto end_story = [&](const char* end) {
    const std::string_view story = strip({begin, static_cast<size_t>(end - begin)});
    if (!story.empty()) stories.push_back(story);
  };
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_line(&rest);
    if (strip(line) != kSeparator) continue;
    *separated = true;
    end_story(line.data());
    begin = rest.data();
  }
  end_story(text.data() + text.size());
  return stories;
}

std::vector<std::vector<uint32_t>> windows_of(std::string_view text, const Tokenizer& tokenizer, uint32_t context) {
  EncodeOptions options;
  options.add_bos = false;
  const std::vector<uint32_t> ids = encode_text(tokenizer, text, options);
  const bool bos = tokenizer.adds_bos() && tokenizer.bos() != kNoToken && context > 1;
  const size_t room = context - (bos ? 1 : 0);
  std::vector<std::vector<uint32_t>> windows;
  for (size_t at = 0; at < ids.size(); at += room) {
    std::vector<uint32_t>& window = windows.emplace_back();
    if (bos) window.push_back(tokenizer.bos());
    const size_t end = std::min(at + room, ids.size());
    window.insert(window.end(), ids.begin() + static_cast<ptrdiff_t>(at), ids.begin() + static_cast<ptrdiff_t>(end));
  }
  return windows;
}

}  // namespace

BatchScores::BatchScores(uint32_t vocab_size, bool keep_logits) : keep_logits_(keep_logits) {
  if (!keep_logits) return;
  for (std::vector<float>& logits : logits_) logits.resize(vocab_size);
}

void BatchScores::begin(std::span<const uint32_t> targets, LogitsHash* hash) {
  hash_ = hash;
  for (size_t i = 0; i < targets.size(); ++i) {
    positions_[i] = {-std::numeric_limits<double>::infinity(), 0, 0, targets[i]};
  }
}

// One pass, without a look at all logits first: when the maximum grows, the sum so far shrinks by the difference.
void BatchScores::Position::add(float logit) {
  const double x = static_cast<double>(logit);
  if (x > max) {
    sum = sum * std::exp(max - x) + 1;
    max = x;
  } else {
    sum += std::exp(x - max);
  }
}

double BatchScores::Position::log_sum() const { return max + std::log(sum); }

void BatchScores::on_rows(void* self, uint32_t index, uint32_t first_row, std::span<const float> logits) {
  auto* scores = static_cast<BatchScores*>(self);
  Position& position = scores->positions_[index];
  for (const float logit : logits) position.add(logit);
  if (position.target >= first_row && position.target - first_row < logits.size()) {
    position.target_logit = static_cast<double>(logits[position.target - first_row]);
  }
  if (scores->keep_logits_) std::copy(logits.begin(), logits.end(), scores->logits_[index].begin() + first_row);
  if (scores->hash_ != nullptr) scores->hash_->add(index, first_row, logits);
}

Divergence compare(const BatchScores& model, const BatchScores& reference, size_t index) {
  const std::span<const float> q = model.logits(index);
  const std::span<const float> p = reference.logits(index);
  Divergence result;
  for (size_t i = 0; i < p.size(); ++i) {
    const double log_p = static_cast<double>(p[i]) - reference.log_sum(index);
    const double log_q = static_cast<double>(q[i]) - model.log_sum(index);
    result.nats += std::exp(log_p) * (log_p - log_q);
  }
  const auto top = [](std::span<const float> logits) {
    return std::max_element(logits.begin(), logits.end()) - logits.begin();
  };
  result.same_top = top(p) == top(q);
  return result;
}

std::vector<std::vector<uint32_t>> sequences_of(std::string_view text, const Tokenizer& tokenizer, uint32_t context,
                                                uint64_t limit) {
  bool separated = false;
  const std::vector<std::string_view> stories = stories_of(text, &separated);
  std::vector<std::vector<uint32_t>> sequences;
  if (!separated) {
    if (!stories.empty()) sequences = windows_of(stories[0], tokenizer, context);
    if (limit > 0 && sequences.size() > limit) sequences.resize(limit);
    return sequences;
  }
  for (const std::string_view story : stories) {
    if (limit > 0 && sequences.size() == limit) break;
    std::vector<uint32_t>& ids = sequences.emplace_back(encode_text(tokenizer, story, {}));
    if (ids.size() > context) ids.resize(context);
  }
  return sequences;
}

}  // namespace thimble::cli
