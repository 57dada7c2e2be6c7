// The essence of the tests with nothing but a compiler: format, tokenizer, forward pass against the float64 oracle,
// batches, sampling, truncation. The full suites need GoogleTest.

#include <cmath>
#include <cstdio>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"

namespace {

using namespace thimble;

int passed = 0;
int failed = 0;

void check(bool ok, const std::string& what) {
  ok ? ++passed : ++failed;
  if (!ok) std::printf("FAILED: %s\n", what.c_str());
}

void logits_match_the_oracle() {
  for (const auto& spec : testing::all_specs()) {
    const auto fixture = testing::make_fixture(spec);
    const auto image = testing::to_thm(fixture);
    testing::TestEngine run(image.span(), {.max_batch = 8});
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 20), spec.vocab_size, 1);
    const auto got = run.logits(tokens);
    const auto want = testing::oracle_logits(fixture, tokens);
    double worst = 0;
    double scale = 1;
    for (size_t t = 0; t < tokens.size(); ++t) {
      for (size_t i = 0; i < spec.vocab_size; ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(got[t][i]) - want[t][i]));
        scale = std::max(scale, std::abs(want[t][i]));
      }
    }
    check(worst < 2e-5 * scale, "logits against float64, fixture " + std::to_string(spec.seed));
  }
}

void batches_agree() {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  const auto tokens = testing::random_tokens(29, testing::small_spec().vocab_size, 2);
  const uint64_t expected = testing::TestEngine(image.span()).hash(tokens);
  for (uint32_t batch = 2; batch <= kMaxBatch; ++batch) {
    testing::TestEngine run(image.span(), {.max_batch = batch});
    check(run.hash(tokens) == expected, "batch " + std::to_string(batch));
  }
}

void sampling_is_reproducible() {
  const auto image = testing::to_thm(testing::make_fixture(testing::untied_spec()));
  testing::TestEngine run(image.span(), {.max_batch = 4});
  GeneratorParams params;
  params.sampler.seed = 7;
  params.max_tokens = 30;
  params.ignore_eos = true;
  const auto a = testing::generate(run.engine(), "Once upon a time", params);
  const auto b = testing::generate(run.engine(), "Once upon a time", params);
  check(a.tokens == b.tokens && a.text == b.text && a.hash == b.hash, "same seed, same text");
  params.sampler.seed = 8;
  check(testing::generate(run.engine(), "Once upon a time", params).tokens != a.tokens, "other seed, other text");
}

void formats_agree() {
  const auto fixture = testing::make_fixture(testing::small_spec());
  const auto v0 = testing::to_llama2c_v0(fixture);
  const auto v1 = testing::to_llama2c_v1(fixture);
  const auto convert = [](std::span<const std::byte> bytes) {
    auto model = tools::import_llama2c(bytes, "m");
    model.vocabulary = testing::make_vocabulary(model.config.vocab_size, 1);
    return tools::convert(model, {});
  };
  const auto a = convert(v0);
  const auto b = convert(v1);
  Model from_v0;
  Model from_v1;
  check(from_v0.open(a.span()).ok() && from_v1.open(b.span()).ok(), "converted models open");
  bool equal = from_v0.weight_bytes() == from_v1.weight_bytes();
  for (uint32_t i = 0; equal && i < from_v0.tensor_count(); ++i) {
    const TensorView x = from_v0.tensor_at(i, nullptr, nullptr);
    const TensorView y = from_v1.tensor_at(i, nullptr, nullptr);
    equal = std::equal(x.data, x.data + x.bytes, y.data, y.data + y.bytes);
  }
  check(equal, "v0 and v1 hold the same weights");
}

void damage_is_seen() {
  testing::FixtureSpec spec = testing::all_specs()[2];
  const auto image = testing::to_thm(testing::make_fixture(spec));
  size_t accepted = 0;
  for (size_t length = 0; length < image.span().size(); ++length) {
    Model model;
    if (model.open(image.span().first(length)).ok()) ++accepted;
  }
  check(accepted == 0, "every truncation is refused");
  tools::ImageBytes copy(image.span().size());
  std::copy(image.span().begin(), image.span().end(), copy.span().begin());
  size_t unseen = 0;
  for (size_t i = 0; i < copy.span().size(); ++i) {
    copy.span()[i] ^= std::byte{0x10};
    Model model;
    if (model.open(copy.span()).ok() && model.verify().ok()) ++unseen;
    copy.span()[i] ^= std::byte{0x10};
  }
  check(unseen == 0, "every flipped byte is seen");
}

}  // namespace

int main() {
  try {
    logits_match_the_oracle();
    batches_agree();
    sampling_is_reproducible();
    formats_agree();
    damage_is_seen();
  } catch (const std::exception& error) {
    check(false, error.what());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
