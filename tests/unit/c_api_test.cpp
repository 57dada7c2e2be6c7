#include "thimble/thimble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace {

using thimble::testing::make_fixture;
using thimble::testing::small_spec;
using thimble::testing::to_imported;
using thimble::testing::to_thm;

// 24 tokens, always the best one.
constexpr thimble_params_t kGreedy = [] {
  thimble_params_t p{};
  p.top_p = 1;
  p.repeat_penalty = 1;
  p.max_tokens = 24;
  p.ignore_eos = true;
  p.hash_logits = true;
  return p;
}();

class CApi : public ::testing::Test {
 protected:
  CApi() : image_(to_thm(make_fixture(small_spec()))) { options_ = thimble_default_options(); }
  const void* model() const { return image_.span().data(); }
  size_t model_bytes() const { return image_.span().size(); }

  // An instance in memory of exactly the planned size, at an address that is not aligned. It tells 24 greedy tokens.
  thimble_t* init() {
    const thimble_plan_t plan = thimble_plan(model(), model_bytes(), &options_);
    EXPECT_EQ(plan.status, THIMBLE_OK) << plan.message;
    memory_.resize(plan.bytes + 1);
    thimble_error_t error;
    thimble_t* t = thimble_init(memory_.data() + 1, plan.bytes, model(), model_bytes(), &options_, &error);
    EXPECT_EQ(t != nullptr, error.status == THIMBLE_OK);
    EXPECT_STREQ(error.message, "");
    EXPECT_EQ(thimble_set_params(t, &kGreedy), THIMBLE_OK) << thimble_message(t);
    return t;
  }

  thimble::tools::ImageBytes image_;
  thimble_options_t options_;
  std::vector<char> memory_;
};

bool collect(const char* text, void* user) {
  static_cast<std::string*>(user)->append(text);
  return true;
}

TEST_F(CApi, GeneratesTheTextOfTheCppApi) {
  thimble_t* t = init();
  ASSERT_NE(t, nullptr);
  std::string text;
  EXPECT_EQ(thimble_generate(t, "Once upon", collect, &text), THIMBLE_OK) << thimble_message(t);
  thimble::testing::TestEngine run(image_.span());
  thimble::GeneratorParams params = thimble::testing::greedy(24);
  params.ignore_eos = true;
  const auto expected = thimble::testing::generate(run.engine(), "Once upon", params);
  EXPECT_EQ(text, expected.text);
  const thimble_stats_t stats = thimble_stats(t);
  EXPECT_EQ(stats.generated_tokens, 24u);
  EXPECT_EQ(stats.prompt_tokens, expected.tokens.size() - 24);
  EXPECT_EQ(stats.finish, THIMBLE_LENGTH);
  EXPECT_EQ(stats.logits_hash, expected.hash);
  EXPECT_EQ(stats.context, small_spec().seq_len);
  EXPECT_LE(stats.memory_bytes, memory_.size());
  thimble_deinit(t);
}

TEST_F(CApi, StepsGiveTheSameTextAsGenerate) {
  thimble_t* t = init();
  std::string whole;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &whole), THIMBLE_OK);
  ASSERT_EQ(thimble_prompt(t, "Once"), THIMBLE_OK);
  std::string stepped;
  const char* text = nullptr;
  size_t length = 0;
  int more = 0;
  while ((more = thimble_step(t, &text, &length)) == 1) stepped.append(text, length);
  EXPECT_EQ(more, 0);
  EXPECT_EQ(stepped, whole);
  thimble_deinit(t);
}

TEST_F(CApi, ReturningFalseAndCancelStop) {
  thimble_t* t = init();
  int calls = 0;
  const auto once = [](const char*, void* user) { return ++*static_cast<int*>(user) < 2; };
  EXPECT_EQ(thimble_generate(t, "Once", once, &calls), THIMBLE_OK);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(thimble_stats(t).finish, THIMBLE_CANCELLED);
  ASSERT_EQ(thimble_prompt(t, nullptr), THIMBLE_OK);
  thimble_cancel(t);
  const char* text = nullptr;
  size_t length = 0;
  EXPECT_EQ(thimble_step(t, &text, &length), 0);
  EXPECT_EQ(thimble_stats(t).finish, THIMBLE_CANCELLED);
  thimble_deinit(t);
  thimble_deinit(nullptr);
}

TEST_F(CApi, StopStrings) {
  thimble_t* t = init();
  std::string whole;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &whole), THIMBLE_OK);
  ASSERT_GT(whole.size(), 6u);
  const std::string stop = whole.substr(3, 3);
  thimble_params_t params = kGreedy;
  {
    const std::string dies = stop;  // thimble_set_params copies
    const char* stops[] = {"never there", dies.c_str()};
    params.stop_strings = stops;
    params.stop_count = 2;
    ASSERT_EQ(thimble_set_params(t, &params), THIMBLE_OK);
  }
  std::string cut;
  EXPECT_EQ(thimble_generate(t, "Once", collect, &cut), THIMBLE_OK);
  EXPECT_EQ(cut, whole.substr(0, whole.find(stop)));
  EXPECT_EQ(thimble_stats(t).finish, THIMBLE_STOP_STRING);
}

// Calls that the tests count, one worker after the other.
struct Workers {
  static void run(void* context, void (*task)(void*, uint32_t), void* argument) {
    auto* self = static_cast<Workers*>(context);
    ++self->calls;
    for (uint32_t w = 0; w < 3; ++w) task(argument, w);
  }
  int calls = 0;
};

TEST_F(CApi, KvTypesAndWorkers) {
  image_ = to_thm(make_fixture(small_spec()), thimble::tools::WeightType::kQ8);
  std::string plain;
  thimble_t* t = init();
  ASSERT_EQ(thimble_generate(t, "Once", collect, &plain), THIMBLE_OK);
  const thimble_stats_t alone = thimble_stats(t);
  const auto planned = [&] { return thimble_plan(model(), model_bytes(), &options_).bytes; };
  const size_t as_default = planned();

  Workers workers;
  options_.parallel = {&Workers::run, &workers, 3};
  t = init();
  std::string split;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &split), THIMBLE_OK);
  EXPECT_GT(workers.calls, 24);
  EXPECT_EQ(split, plain);
  EXPECT_EQ(thimble_stats(t).logits_hash, alone.logits_hash);
  options_.parallel = {};

  options_.kv_type = THIMBLE_KV_I8;  // as an integer model has it by default
  EXPECT_EQ(planned(), as_default);
  options_.kv_type = THIMBLE_KV_F32;
  EXPECT_GT(planned(), as_default);
  options_.kv_type = THIMBLE_KV_I4;  // of heads that are too short
  EXPECT_NE(std::strstr(thimble_plan(model(), model_bytes(), &options_).message, "kv cache of i4"), nullptr);
}

TEST_F(CApi, TellsWithACacheOfInt4) {
  image_ = to_thm(make_fixture(thimble::testing::wide_heads_spec()), thimble::tools::WeightType::kQ8);
  options_.context = 64;
  const size_t bytes = thimble_plan(model(), model_bytes(), &options_).bytes;
  options_.kv_type = THIMBLE_KV_I4;
  EXPECT_LT(thimble_plan(model(), model_bytes(), &options_).bytes, bytes);
  thimble_t* t = init();
  std::string text;
  EXPECT_EQ(thimble_generate(t, "Once", collect, &text), THIMBLE_OK);
  EXPECT_FALSE(text.empty());
  thimble_deinit(t);
}

TEST_F(CApi, SelfTest) {
  image_ = to_thm(make_fixture(small_spec()), thimble::tools::WeightType::kQ4);
  for (const thimble_kv_type_t type : {THIMBLE_KV_DEFAULT, THIMBLE_KV_F32}) {
    options_.kv_type = type;
    thimble_t* t = init();
    std::vector<size_t> told;  // of the tokens of a prompt
    thimble_params_t watched = kGreedy;
    watched.on_prompt = [](void* user, size_t read, size_t) {
      static_cast<std::vector<size_t>*>(user)->push_back(read);
    };
    watched.on_prompt_user = &told;
    ASSERT_EQ(thimble_set_params(t, &watched), THIMBLE_OK);
    std::string text;
    ASSERT_EQ(thimble_generate(t, "Once", collect, &text), THIMBLE_OK);
    ASSERT_EQ(thimble_prompt(t, "Once"), THIMBLE_OK);
    told.clear();
    uint64_t hash = 0, expected = 0;
    EXPECT_EQ(thimble_selftest(t, &hash, &expected), THIMBLE_OK);
    EXPECT_EQ(told, (std::vector<size_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
    EXPECT_NE(expected, 0u);
    EXPECT_EQ(hash, expected);
    const char* piece = nullptr;
    size_t length = 0;
    EXPECT_EQ(thimble_step(t, &piece, &length), 0);
    EXPECT_EQ(thimble_stats(t).finish, THIMBLE_CANCELLED);
    std::string again;
    EXPECT_EQ(thimble_generate(t, "Once", collect, &again), THIMBLE_OK);
    EXPECT_EQ(again, text);
  }
}

TEST_F(CApi, EachPromptCanHaveItsOwnParameters) {
  thimble_t* t = init();
  std::string greedy_text;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &greedy_text), THIMBLE_OK);
  thimble_params_t params = kGreedy;
  params.temperature = 1.5f;
  params.seed = 7;
  params.max_tokens = 9;
  ASSERT_EQ(thimble_set_params(t, &params), THIMBLE_OK);
  std::string hot;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &hot), THIMBLE_OK);
  EXPECT_EQ(thimble_stats(t).generated_tokens, 9u);
  EXPECT_NE(hot, greedy_text.substr(0, hot.size()));

  // What is refused changes nothing.
  params.top_p = 0;
  EXPECT_NE(thimble_set_params(t, &params), THIMBLE_OK);
  EXPECT_STREQ(thimble_message(t), "invalid argument: top_p");
  const std::vector<const char*> many_stops(17, "x");
  params = kGreedy;
  params.stop_strings = many_stops.data();
  params.stop_count = many_stops.size();
  EXPECT_NE(thimble_set_params(t, &params), THIMBLE_OK);
  EXPECT_NE(std::strstr(thimble_message(t), "stop_count"), nullptr) << thimble_message(t);
  std::string again;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &again), THIMBLE_OK);
  EXPECT_EQ(again, hot);
  thimble_deinit(t);
}

TEST_F(CApi, StartsWithWhatTheModelRecommends) {
  auto imported = to_imported(make_fixture(small_spec()));
  thimble::tools::ConvertOptions convert;
  convert.name = "Tiny";
  convert.prompts = {"Once upon a time"};
  convert.sampling = {{"sampling.temperature", 0.25f}, {"sampling.top_k", 7.0f}, {"sampling.min_p", 2.0f}};
  image_ = thimble::tools::convert(imported, convert);
  thimble_error_t error;
  memory_.resize(thimble_plan(model(), model_bytes(), nullptr).bytes);
  thimble_t* t = thimble_init(memory_.data(), memory_.size(), model(), model_bytes(), nullptr, &error);
  ASSERT_NE(t, nullptr) << error.message;
  const thimble_params_t params = thimble_model_params(t);
  EXPECT_EQ(params.temperature, 0.25f);
  EXPECT_EQ(params.top_k, 7u);
  EXPECT_EQ(params.top_p, 0.95f);
  EXPECT_EQ(params.min_p, 0.05f);  // what is out of range is passed over
  std::string as_is, as_set;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &as_is), THIMBLE_OK);
  ASSERT_EQ(thimble_set_params(t, &params), THIMBLE_OK);
  ASSERT_EQ(thimble_generate(t, "Once", collect, &as_set), THIMBLE_OK);
  EXPECT_EQ(as_is, as_set);

  char fact[8];
  EXPECT_EQ(thimble_about(t, "name", fact, sizeof fact), 4u);
  EXPECT_STREQ(fact, "Tiny");
  EXPECT_EQ(thimble_about(t, "prompt.0", fact, sizeof fact), 16u);
  EXPECT_STREQ(fact, "Once up");
  EXPECT_EQ(thimble_about(t, "prompt.1", fact, sizeof fact), 0u);
  EXPECT_STREQ(fact, "");
}

TEST_F(CApi, AppendGoesOn) {
  thimble_t* t = init();
  std::string first, second;
  const auto tell = [&](std::string* out) {
    const char* text = nullptr;
    size_t length = 0;
    while (thimble_step(t, &text, &length) == 1) out->append(text, length);
  };
  EXPECT_NE(thimble_append(t, " upon"), THIMBLE_OK);  // to nothing
  ASSERT_EQ(thimble_prompt(t, "Once"), THIMBLE_OK);
  tell(&first);
  ASSERT_EQ(thimble_append(t, " upon"), THIMBLE_OK) << thimble_message(t);
  tell(&second);

  thimble::testing::TestEngine run(image_.span());
  thimble::GeneratorParams params = thimble::testing::greedy(24);
  params.ignore_eos = true;
  thimble::Generator generator(run.engine(), params);
  std::string expected;
  ASSERT_TRUE(generator.start("Once").ok());
  while (const thimble::Piece piece = generator.next()) expected += piece.text();
  EXPECT_EQ(first, expected);
  expected.clear();
  ASSERT_TRUE(generator.append(" upon", {.add_bos = false, .add_space = false}).ok());
  while (const thimble::Piece piece = generator.next()) expected += piece.text();
  EXPECT_EQ(second, expected);
}

TEST_F(CApi, CancelEndsAPromptWithinOneSweep) {
  thimble_t* t = init();
  struct Watch {
    thimble_t* t;
    std::vector<size_t> read;
    size_t total;
  } watch{t, {}, 0};
  thimble_params_t params = kGreedy;
  params.on_prompt_user = &watch;
  params.on_prompt = [](void* user, size_t read, size_t total) {
    auto* w = static_cast<Watch*>(user);
    w->read.push_back(read);
    w->total = total;
    if (w->read.size() == 3) thimble_cancel(w->t);
  };
  ASSERT_EQ(thimble_set_params(t, &params), THIMBLE_OK);
  EXPECT_EQ(thimble_prompt(t, "Once upon a time there was a cat"), THIMBLE_OK);
  EXPECT_EQ(watch.read, (std::vector<size_t>{1, 2, 3}));  // max_batch is 1
  EXPECT_GT(watch.total, 3u);
  const char* text = nullptr;
  size_t length = 0;
  EXPECT_EQ(thimble_step(t, &text, &length), 0);
  EXPECT_EQ(thimble_stats(t).finish, THIMBLE_CANCELLED);
  thimble_deinit(t);
}

// A model in slow memory, and free memory in pieces of two kinds, at odd addresses: the same text.
TEST_F(CApi, SeveralBlocksByKindAndWeightsInFastMemory) {
  image_ = to_thm(make_fixture(small_spec()), thimble::tools::WeightType::kQ8);
  thimble_t* t = init();
  std::string expected;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &expected), THIMBLE_OK);
  const size_t in_one = thimble_plan(model(), model_bytes(), &options_).bytes;

  options_.weights_in_fast_memory = true;
  std::vector<char> small(5001), fast(30001), bulk(in_one + 1);
  const thimble_block_t blocks[] = {{small.data() + 1, 5000, THIMBLE_FAST},
                                    {fast.data() + 1, 30000, THIMBLE_FAST},
                                    {bulk.data() + 1, in_one, THIMBLE_BULK}};
  const thimble_plan_t plan = thimble_plan_blocks(model(), model_bytes(), &options_, blocks, 3);
  ASSERT_EQ(plan.status, THIMBLE_OK) << plan.message;
  EXPECT_GT(plan.resident_bytes, 0u);
  thimble_error_t error;
  t = thimble_init_blocks(blocks, 3, model(), model_bytes(), &options_, &error);
  ASSERT_NE(t, nullptr) << error.message;
  EXPECT_EQ(thimble_stats(t).memory_bytes, plan.bytes);
  ASSERT_EQ(thimble_set_params(t, &kGreedy), THIMBLE_OK);
  std::string text;
  ASSERT_EQ(thimble_generate(t, "Once", collect, &text), THIMBLE_OK);
  EXPECT_EQ(text, expected);

  // The fast blocks alone do not do; the message names what is missing, the plan what would do.
  const thimble_plan_t less = thimble_plan_blocks(model(), model_bytes(), &options_, blocks, 2);
  EXPECT_EQ(less.status, static_cast<int>(thimble::Code::kOutOfMemory));
  EXPECT_EQ(thimble_init_blocks(blocks, 2, model(), model_bytes(), &options_, &error), nullptr);
  EXPECT_STREQ(error.message, less.message);
  EXPECT_GE(less.bytes, in_one);
  EXPECT_LT(less.bytes, in_one + 64);
  std::vector<char> enough(less.bytes);
  t = thimble_init(enough.data(), enough.size(), model(), model_bytes(), nullptr, &error);
  EXPECT_NE(t, nullptr) << error.message;

  thimble_block_t nowhere = blocks[0];
  nowhere.region = 2;
  EXPECT_EQ(thimble_init_blocks(&nowhere, 1, model(), model_bytes(), nullptr, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "region of block 0"), nullptr) << error.message;
  const std::vector<thimble_block_t> many(9, blocks[1]);
  EXPECT_EQ(thimble_init_blocks(many.data(), 9, model(), model_bytes(), nullptr, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "memory blocks"), nullptr) << error.message;
}

TEST_F(CApi, FindsTheLengthOfAModelInAPartition) {
  std::vector<std::byte> partition(image_.span().size() + 5000, std::byte{0xff});
  std::copy(image_.span().begin(), image_.span().end(), partition.begin());
  EXPECT_EQ(thimble_model_bytes(partition.data(), partition.size()), model_bytes());
  EXPECT_EQ(thimble_model_bytes(partition.data(), model_bytes()), model_bytes());
  EXPECT_EQ(thimble_model_bytes(partition.data(), model_bytes() - 1), 0u);
  EXPECT_EQ(thimble_model_bytes(partition.data(), 100), 0u);
  EXPECT_EQ(thimble_model_bytes(partition.data() + image_.span().size(), 5000), 0u);
  EXPECT_EQ(thimble_model_bytes(nullptr, 0), 0u);
}

TEST_F(CApi, RefusalsSayWhy) {
  EXPECT_STREQ(thimble_plan(nullptr, 0, nullptr).message, "not a .thm file");
  thimble_plan_t plan;
  for (const int type : {4, 255, 256, 258, -1}) {
    options_.kv_type = type;
    plan = thimble_plan(model(), model_bytes(), &options_);
    EXPECT_NE(std::strstr(plan.message, "kv_type"), nullptr) << plan.message;
  }
  options_.kv_type = THIMBLE_KV_DEFAULT;
  for (const uint32_t workers : {0u, 17u}) {
    options_.parallel = {&Workers::run, nullptr, workers};
    plan = thimble_plan(model(), model_bytes(), &options_);
    EXPECT_NE(std::strstr(plan.message, "max_workers"), nullptr) << plan.message;
  }
  options_.parallel = {};
  plan = thimble_plan(model(), model_bytes(), &options_);
  ASSERT_EQ(plan.status, THIMBLE_OK);
  std::vector<char> small(plan.bytes / 2);
  thimble_error_t error;
  EXPECT_EQ(thimble_init(small.data(), small.size(), model(), model_bytes(), &options_, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "out of memory"), nullptr) << error.message;
  EXPECT_EQ(thimble_init(small.data(), small.size(), model(), model_bytes(), &options_, nullptr), nullptr);
  EXPECT_EQ(thimble_init(nullptr, plan.bytes, model(), model_bytes(), &options_, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "block for the instance: found 0"), nullptr) << error.message;
  EXPECT_EQ(thimble_init(small.data(), small.size(), small.data(), 7, &options_, &error), nullptr);
  EXPECT_STRNE(error.message, "");
  options_.context = 4;
  thimble_t* t = init();
  ASSERT_NE(t, nullptr);
  std::string text;
  EXPECT_NE(thimble_generate(t, "a prompt that is much too long", collect, &text), THIMBLE_OK);
  EXPECT_NE(std::strstr(thimble_message(t), "context full"), nullptr) << thimble_message(t);
}

}  // namespace
