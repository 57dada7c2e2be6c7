#include "thimble/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::generate;
using testing::Generated;
using testing::greedy;
using testing::TestEngine;

class GeneratorTest : public ::testing::Test {
 protected:
  GeneratorTest()
      : image_(testing::to_thm(testing::make_fixture(testing::small_spec()))), run_(image_.span(), {.max_batch = 8}) {}

  // Greedy, past end-of-text tokens, so that lengths are known.
  static GeneratorParams endless(uint32_t tokens) {
    GeneratorParams params = greedy(tokens);
    params.ignore_eos = true;
    return params;
  }

  tools::ImageBytes image_;
  TestEngine run_;
};

TEST_F(GeneratorTest, GreedyTakesTheBestTokenOfTheFullLogits) {
  const Generated out = generate(run_.engine(), "Once", endless(20));
  ASSERT_EQ(out.finish, FinishReason::kLength);
  const size_t prompt = out.tokens.size() - 20;
  const auto logits = run_.logits(std::span(out.tokens).first(out.tokens.size() - 1));
  for (size_t i = prompt; i < out.tokens.size(); ++i) {
    const auto& row = logits[i - 1];
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    EXPECT_EQ(out.tokens[i], static_cast<uint32_t>(best)) << "position " << i;
  }
}

TEST_F(GeneratorTest, HashCoversThePositionsSampledFrom) {
  const Generated out = generate(run_.engine(), "Once", endless(20));
  const size_t prompt = out.tokens.size() - 20;
  const uint32_t vocab = run_.model().config().vocab_size;
  LogitsHash hash(vocab);
  const auto logits = run_.logits(std::span(out.tokens).first(out.tokens.size() - 1));
  for (size_t i = prompt - 1; i < logits.size(); ++i) hash.add(0, 0, logits[i]);
  EXPECT_EQ(out.hash, hash.value());
}

TEST_F(GeneratorTest, TheTextIsThePiecesAfterThePrompt) {
  const Generated out = generate(run_.engine(), "Once", endless(30));
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(run_.model().vocabulary(), run_.model().config().vocab_size).ok());
  std::string bytes;
  for (size_t i = out.tokens.size() - 30; i < out.tokens.size(); ++i) {
    bytes += tokenizer.decode(out.tokens[i - 1], out.tokens[i]);
  }
  std::string text(Utf8Stream::max_output(bytes.size()), '\0');
  Utf8Stream utf8;
  size_t n = utf8.push(bytes, text.data());
  n += utf8.finish(text.data() + n);
  EXPECT_EQ(out.text, text.substr(0, n));
}

TEST_F(GeneratorTest, FillsTheContextAndSaysSo) {
  TestEngine small(image_.span(), {.context = 16});
  const Generated out = generate(small.engine(), "", endless(0));
  EXPECT_EQ(out.finish, FinishReason::kContextFull);
  EXPECT_EQ(out.tokens.size(), 17u);  // 16 positions, and the token sampled from the last of them
  EXPECT_EQ(small.engine().position(), 16u);
}

TEST_F(GeneratorTest, SameSeedSameTextOtherSeedOtherText) {
  GeneratorParams params;
  params.sampler.temperature = 1.2f;
  params.sampler.top_k = 0;
  params.sampler.top_p = 1;
  params.sampler.min_p = 0;
  params.max_tokens = 40;
  params.ignore_eos = true;
  params.sampler.seed = 42;
  const Generated a = generate(run_.engine(), "Once", params);
  const Generated b = generate(run_.engine(), "Once", params);
  params.sampler.seed = 43;
  const Generated c = generate(run_.engine(), "Once", params);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_NE(a.tokens, c.tokens);
}

// A stop string is cut off wherever it lies across tokens, and what only looked like its start comes out whole.
TEST_F(GeneratorTest, StopStringsEndTheTextBeforeThem) {
  const Generated whole = generate(run_.engine(), "Once", endless(40));
  ASSERT_GT(whole.text.size(), 12u);
  for (size_t at = 1; at + 5 < whole.text.size() && at < 40; ++at) {
    const std::string stop = whole.text.substr(at, 5);
    const std::string_view stops[] = {stop, "never to be seen"};
    GeneratorParams params = endless(40);
    params.stop_strings = stops;
    const Generated cut = generate(run_.engine(), "Once", params);
    EXPECT_EQ(cut.finish, FinishReason::kStopString);
    EXPECT_EQ(cut.text, whole.text.substr(0, whole.text.find(stop))) << "stop: " << stop;
  }
  const std::string last_and_more = whole.text.substr(whole.text.size() - 3) + "x";
  const std::string_view stops[] = {last_and_more};
  GeneratorParams params = endless(40);
  params.stop_strings = stops;
  const Generated out = generate(run_.engine(), "Once", params);
  EXPECT_EQ(out.finish, FinishReason::kLength);
  EXPECT_EQ(out.text, whole.text);
}

TEST_F(GeneratorTest, EveryPieceIsWholeUtf8) {
  // Hot sampling over a byte vocabulary gives broken sequences in plenty.
  GeneratorParams params;
  params.sampler.temperature = 5;
  params.sampler.top_k = 0;
  params.sampler.top_p = 1;
  params.sampler.min_p = 0;
  params.max_tokens = 60;
  params.ignore_eos = true;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    params.sampler.seed = seed;
    Generator generator(run_.engine(), params);
    ASSERT_TRUE(generator.start("Once").ok());
    while (const Piece piece = generator.next()) {
      Utf8Stream check;
      std::string out(Utf8Stream::max_output(piece.text().size()), '\0');
      out.resize(check.push(piece.text(), out.data()));
      char rest[3];
      EXPECT_EQ(out, piece.text());       // unchanged, so nothing was invalid
      EXPECT_EQ(check.finish(rest), 0u);  // and nothing was left unfinished
    }
  }
}

TEST_F(GeneratorTest, CancelEndsBeforeTheNextToken) {
  Generator generator(run_.engine(), endless(0));
  ASSERT_TRUE(generator.start("Once").ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(generator.next());
  generator.cancel();
  while (generator.next()) {
  }
  EXPECT_EQ(generator.finish_reason(), FinishReason::kCancelled);
  EXPECT_EQ(generator.generated_tokens(), 5u);
  ASSERT_TRUE(generator.start("Once").ok());  // and it starts again
  EXPECT_TRUE(generator.next());
}

TEST_F(GeneratorTest, AppendContinuesTheSequence) {
  Generator generator(run_.engine(), endless(6));
  ASSERT_TRUE(generator.start("Once").ok());
  while (generator.next()) {
  }
  const std::vector<uint32_t> first(generator.tokens().begin(), generator.tokens().end());
  ASSERT_TRUE(generator.append(" upon", {.add_bos = false, .add_space = false}).ok());
  EXPECT_GT(generator.prompt_tokens(), 0u);
  while (generator.next()) {
  }
  const std::vector<uint32_t> all(generator.tokens().begin(), generator.tokens().end());
  EXPECT_EQ(all.size(), first.size() + generator.prompt_tokens() + 6);
  // The same tokens read at once lead to the same continuation.
  const size_t prefix = all.size() - 6;
  ASSERT_TRUE(generator.start_tokens(std::span(all).first(prefix)).ok());
  while (generator.next()) {
  }
  EXPECT_EQ(all, std::vector<uint32_t>(generator.tokens().begin(), generator.tokens().end()));
}

TEST_F(GeneratorTest, AppendingAfterAnEndOfTextGoesOn) {
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(run_.model().vocabulary(), run_.model().config().vocab_size).ok());
  const LogitBias bias[] = {{tokenizer.eos(), 1000.0f}};
  GeneratorParams params = greedy(0);
  params.sampler.logit_bias = bias;
  Generator generator(run_.engine(), params);
  for (const std::string_view text : {"", " upon a time"}) {
    ASSERT_TRUE(generator.start("Once").ok());
    EXPECT_FALSE(generator.next());
    ASSERT_EQ(generator.finish_reason(), FinishReason::kEndOfText);
    const size_t before = generator.tokens().size();
    ASSERT_TRUE(generator.append(text, {.add_bos = false, .add_space = false}).ok());
    EXPECT_EQ(generator.tokens().size(), before + generator.prompt_tokens());
    EXPECT_EQ(generator.prompt_tokens() == 0, text.empty());
    EXPECT_FALSE(generator.next());
    EXPECT_EQ(generator.finish_reason(), FinishReason::kEndOfText) << testing::to_string(generator.status());
    EXPECT_EQ(run_.engine().position(), generator.tokens().size());
  }
}

TEST_F(GeneratorTest, OtherParametersCountFromTheNextTokenOn) {
  Generator generator(run_.engine(), endless(8));
  ASSERT_TRUE(generator.start("Once").ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(generator.next());
  const std::vector<uint32_t> before(generator.tokens().begin(), generator.tokens().end());
  const uint32_t position = run_.engine().position();

  const LogitBias bias[] = {{7, 1000.0f}};
  GeneratorParams params = endless(5);
  params.sampler.logit_bias = bias;
  ASSERT_TRUE(generator.set_params(params).ok());
  EXPECT_EQ(run_.engine().position(), position);  // nothing was read again
  EXPECT_EQ(generator.next().token(), 7u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), generator.tokens().begin()));

  params.sampler.top_p = 0;
  EXPECT_EQ(generator.set_params(params).code(), Code::kInvalidArgument);
  const std::string_view empty_stop[] = {""};
  params = endless(100);
  params.stop_strings = empty_stop;
  EXPECT_EQ(generator.set_params(params).code(), Code::kInvalidArgument);
  EXPECT_EQ(generator.next().token(), 7u);  // the fifth token, and by the parameters of before the last one
  EXPECT_FALSE(generator.next());
  EXPECT_EQ(generator.finish_reason(), FinishReason::kLength);
}

TEST_F(GeneratorTest, RefusesWhatItCannotDo) {
  TestEngine small(image_.span(), {.context = 4});
  Generator generator(small.engine(), {});
  EXPECT_FALSE(generator.next());
  EXPECT_EQ(generator.append("x", {}).code(), Code::kNotReady);
  EXPECT_EQ(generator.start("a prompt that is longer than four tokens").code(), Code::kContextFull);
  EXPECT_FALSE(generator.next());
  EXPECT_EQ(generator.finish_reason(), FinishReason::kError);
  const uint32_t bad[] = {small.model().config().vocab_size};
  EXPECT_EQ(generator.start_tokens(bad).code(), Code::kBadToken);
  EXPECT_FALSE(generator.next());

  GeneratorParams params;
  const std::string_view empty_stop[] = {""};
  params.stop_strings = empty_stop;
  EXPECT_EQ(Generator(small.engine(), params).start("").code(), Code::kInvalidArgument);
  const std::string long_stop(257, 'x');
  const std::string_view too_long[] = {long_stop};
  params.stop_strings = too_long;
  EXPECT_EQ(Generator(small.engine(), params).start("").code(), Code::kLimit);
  params.stop_strings = {};
  params.sampler.top_p = 0;
  EXPECT_EQ(Generator(small.engine(), params).start("").code(), Code::kInvalidArgument);
  Engine none;
  EXPECT_EQ(Generator(none, {}).start("").code(), Code::kNotReady);
}

}  // namespace
}  // namespace thimble
