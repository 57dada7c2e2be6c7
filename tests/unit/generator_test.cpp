#include "thimble/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

// A top-p that the sum of the best five rows meets almost exactly, so a look cannot tell whether it is met; and a seed
// for which that decides.
TEST_F(GeneratorTest, ATokenThatALookCannotTellIsChosenAgain) {
  Generator generator(run_.engine(), endless(1));
  ASSERT_TRUE(generator.start("Once").ok());
  const std::vector<uint32_t> prompt(generator.tokens().begin(), generator.tokens().end());
  const std::vector<float> logits = run_.logits(prompt).back();
  std::vector<float> best = logits;
  std::sort(best.rbegin(), best.rend());
  double sum = 0;
  for (const float x : best) sum += std::exp(static_cast<double>(x));
  GeneratorParams params = endless(1);
  params.hash_logits = true;
  params.sampler.temperature = 1;
  params.sampler.top_k = 0;
  params.sampler.min_p = 0;
  params.sampler.top_p = 0;
  for (size_t i = 0; i < 5; ++i)
    params.sampler.top_p += static_cast<float>(std::exp(static_cast<double>(best[i])) / sum);

  uint32_t changes = 0;
  for (uint64_t seed = 0; seed < 200 && changes != 3; ++seed) {
    params.sampler.seed = seed;
    ASSERT_TRUE(generator.set_params(params).ok());
    ASSERT_TRUE(generator.start("Once").ok());
    const uint32_t before = run_.engine().revision();
    ASSERT_TRUE(generator.next());
    changes = run_.engine().revision() - before;
  }
  EXPECT_EQ(changes, 3u) << "forward, rewind, forward";
  EXPECT_EQ(run_.engine().position(), prompt.size());
  LogitsHash once(run_.model().config().vocab_size);
  once.add(0, 0, logits);
  EXPECT_EQ(generator.logits_hash(), once.value());
  Sampler sampler;
  ASSERT_TRUE(sampler.set_params(params.sampler).ok());
  sampler.begin(static_cast<uint32_t>(prompt.size()), prompt);
  sampler.feed(0, logits);
  EXPECT_EQ(generator.tokens().back(), sampler.pick());
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

// cancel() in the callback stands for another thread or an interrupt at that moment.
struct Canceller {
  Generator* generator = nullptr;
  size_t at = 0;  // sweeps until then
  std::vector<size_t> read;

  PromptProgress progress() {
    return {[](void* context, size_t done, size_t) {
              auto* self = static_cast<Canceller*>(context);
              self->read.push_back(done);
              if (self->read.size() == self->at) self->generator->cancel();
            },
            this};
  }
};

TEST_F(GeneratorTest, CancelEndsTheReadingOfAPromptWithinOneSweep) {
  const auto prompt = testing::random_tokens(100, run_.model().config().vocab_size, 2);
  Canceller canceller;
  GeneratorParams params = endless(8);
  params.on_prompt = canceller.progress();
  Generator generator(run_.engine(), params);
  canceller.generator = &generator;
  canceller.at = 3;
  ASSERT_TRUE(generator.start_tokens(prompt).ok());
  EXPECT_EQ(canceller.read, (std::vector<size_t>{8, 16, 24}));
  EXPECT_EQ(generator.finish_reason(), FinishReason::kCancelled);
  EXPECT_TRUE(generator.tokens().empty());
  EXPECT_EQ(generator.prompt_tokens(), 0u);
  EXPECT_FALSE(generator.next());

  // What follows is as if nothing had been.
  const Generated fresh = generate(run_.engine(), "Once", endless(8));
  canceller = {&generator, 0, {}};
  ASSERT_TRUE(generator.start("Once").ok());
  while (generator.next()) {
  }
  EXPECT_EQ(fresh.tokens, std::vector<uint32_t>(generator.tokens().begin(), generator.tokens().end()));
}

TEST_F(GeneratorTest, ACancelledAppendLeavesTheSequenceAsItWas) {
  Canceller canceller;
  GeneratorParams params = endless(6);
  params.on_prompt = canceller.progress();
  Generator generator(run_.engine(), params);
  canceller.generator = &generator;
  ASSERT_TRUE(generator.start("Once").ok());
  while (generator.next()) {
  }
  const std::vector<uint32_t> before(generator.tokens().begin(), generator.tokens().end());
  const uint64_t hash = generator.logits_hash();
  const std::string words(60, 'z');
  canceller = {&generator, 2, {}};
  ASSERT_TRUE(generator.append(words, {.add_bos = false, .add_space = false}).ok());
  EXPECT_EQ(generator.finish_reason(), FinishReason::kCancelled);
  EXPECT_EQ(before, std::vector<uint32_t>(generator.tokens().begin(), generator.tokens().end()));
  EXPECT_EQ(generator.logits_hash(), hash);
  EXPECT_EQ(generator.generated_tokens(), 6u);

  // Said again, it goes on as it would have.
  canceller = {&generator, 0, {}};
  ASSERT_TRUE(generator.append(words, {.add_bos = false, .add_space = false}).ok());
  while (generator.next()) {
  }
  const std::vector<uint32_t> all(generator.tokens().begin(), generator.tokens().end());
  Generator straight(run_.engine(), endless(6));
  ASSERT_TRUE(straight.start_tokens(std::span(all).first(all.size() - 6)).ok());
  while (straight.next()) {
  }
  EXPECT_EQ(all, std::vector<uint32_t>(straight.tokens().begin(), straight.tokens().end()));
}

// A cancel belongs to the text under way: the next one knows nothing of it.
TEST_F(GeneratorTest, ACancelBeforeAStartIsForgotten) {
  Generator generator(run_.engine(), endless(5));
  generator.cancel();
  ASSERT_TRUE(generator.start("Once").ok());
  EXPECT_TRUE(generator.next());
  generator.cancel();
  ASSERT_TRUE(generator.append(" upon", {.add_bos = false, .add_space = false}).ok());
  EXPECT_TRUE(generator.next());
}

TEST_F(GeneratorTest, SaysWhenItsEngineWasUsedByOthers) {
  const auto displace_and_expect_refusal = [&](auto displace) {
    Generator generator(run_.engine(), endless(10));
    ASSERT_TRUE(generator.start("Once").ok());
    ASSERT_TRUE(generator.next());
    displace();
    EXPECT_TRUE(generator.tokens().empty());
    EXPECT_EQ(generator.append(" upon", {}).code(), Code::kNotReady);
    EXPECT_FALSE(generator.next());
    EXPECT_EQ(generator.finish_reason(), FinishReason::kError);
    EXPECT_EQ(generator.status().code(), Code::kNotReady);
    ASSERT_TRUE(generator.start("Once").ok());  // takes the engine back
    EXPECT_TRUE(generator.next());
    EXPECT_TRUE(generator.status().ok());
  };
  displace_and_expect_refusal([&] { ASSERT_TRUE(Generator(run_.engine(), {}).start("").ok()); });
  displace_and_expect_refusal([&] { ASSERT_TRUE(run_.engine().rewind(0).ok()); });
  displace_and_expect_refusal([&] {
    const uint32_t token[] = {5};
    ASSERT_TRUE(run_.engine().forward(token, LogitsOf::kNone, nullptr).ok());
  });
  uint64_t hash = 0;
  displace_and_expect_refusal([&] { ASSERT_TRUE(run_selftest(run_.engine(), &hash).ok()); });
}

// A displaced Generator must not touch the text that the other one holds back.
TEST_F(GeneratorTest, ADisplacedOneLeavesTheOtherAlone) {
  const Generated alone = generate(run_.engine(), "Once", endless(20));
  Generator first(run_.engine(), endless(20));
  ASSERT_TRUE(first.start("The cat").ok());
  ASSERT_TRUE(first.next());
  Generator second(run_.engine(), endless(20));
  ASSERT_TRUE(second.start("Once").ok());
  std::string text;
  while (const Piece piece = second.next()) {
    text += piece.text();
    first.cancel();
    EXPECT_FALSE(first.next());
  }
  EXPECT_EQ(text, alone.text);
}

TEST_F(GeneratorTest, ParametersCanChangeWithinAText) {
  Generator generator(run_.engine(), endless(6));
  EXPECT_TRUE(generator.set_params(endless(6)).ok());  // before any text, too
  ASSERT_TRUE(generator.start("Once").ok());
  while (generator.next()) {
  }
  const std::vector<uint32_t> before(generator.tokens().begin(), generator.tokens().end());
  GeneratorParams wrong = endless(3);
  wrong.sampler.top_p = 0;
  EXPECT_EQ(generator.set_params(wrong).code(), Code::kInvalidArgument);
  const LogitBias bias[] = {{7, 1000.0f}};
  GeneratorParams sevens = endless(3);
  sevens.sampler.logit_bias = bias;
  ASSERT_TRUE(generator.set_params(sevens).ok());
  EXPECT_EQ(before, std::vector<uint32_t>(generator.tokens().begin(), generator.tokens().end()));
  ASSERT_TRUE(generator.append("", {.add_bos = false, .add_space = false}).ok());
  while (const Piece piece = generator.next()) EXPECT_EQ(piece.token(), 7u);
  EXPECT_EQ(generator.generated_tokens(), 3u);
}

// Models with a vocabulary padded to a round size have logits for pieces that are none.
TEST_F(GeneratorTest, PaddingIsNeverSampled) {
  auto imported = testing::to_imported(testing::make_fixture(testing::small_spec()));
  constexpr uint32_t kPads = 170;  // more than a block of logits
  for (auto p = imported.vocabulary.pieces.end() - kPads; p != imported.vocabulary.pieces.end(); ++p) {
    *p = {"", 0, PieceType::kUnused};
  }
  const auto image = tools::convert(imported, {});
  TestEngine run(image.span());
  const uint32_t sampled = run.model().config().vocab_size - kPads;
  EXPECT_EQ(run.engine().tokenizer().sampled_size(), sampled);
  GeneratorParams params = endless(100);
  params.sampler = {.temperature = 50, .top_k = 0, .top_p = 1, .min_p = 0, .seed = 3};
  const Generated out = generate(run.engine(), "", params);
  ASSERT_EQ(out.finish, FinishReason::kLength);
  for (size_t i = 1; i < out.tokens.size(); ++i) EXPECT_LT(out.tokens[i], sampled);
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
