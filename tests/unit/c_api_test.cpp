#include "thimble/thimble.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace {

using thimble::testing::make_fixture;
using thimble::testing::small_spec;
using thimble::testing::to_thm;

class CApi : public ::testing::Test {
 protected:
  CApi() : image_(to_thm(make_fixture(small_spec()))) {
    options_ = thimble_default_options();
    options_.temperature = 0;
    options_.max_tokens = 24;
    options_.ignore_eos = true;
    options_.hash_logits = true;
  }
  const void* model() const { return image_.span().data(); }
  size_t model_bytes() const { return image_.span().size(); }

  // An instance in memory of exactly the planned size, at an address that is not aligned.
  thimble_t* init() {
    const thimble_plan_t plan = thimble_plan(model(), model_bytes(), &options_);
    EXPECT_EQ(plan.status, THIMBLE_OK) << plan.message;
    memory_.resize(plan.bytes + 1);
    return thimble_init(memory_.data() + 1, plan.bytes, model(), model_bytes(), &options_);
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
  const char* stops[] = {stop.c_str()};
  options_.stop_strings = stops;
  options_.stop_count = 1;
  t = init();
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
}

TEST_F(CApi, SelfTest) {
  image_ = to_thm(make_fixture(small_spec()), thimble::tools::WeightType::kQ4);
  for (const thimble_kv_type_t type : {THIMBLE_KV_DEFAULT, THIMBLE_KV_F32}) {
    options_.kv_type = type;
    thimble_t* t = init();
    std::string text;
    ASSERT_EQ(thimble_generate(t, "Once", collect, &text), THIMBLE_OK);
    ASSERT_EQ(thimble_prompt(t, "Once"), THIMBLE_OK);
    uint64_t hash = 0, expected = 0;
    EXPECT_EQ(thimble_selftest(t, &hash, &expected), THIMBLE_OK);
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

TEST_F(CApi, RefusalsSayWhy) {
  EXPECT_STREQ(thimble_plan(nullptr, 0, nullptr).message, "not a .thm file");
  options_.top_p = 0;
  thimble_plan_t plan = thimble_plan(model(), model_bytes(), &options_);
  EXPECT_NE(plan.status, THIMBLE_OK);
  EXPECT_NE(std::strstr(plan.message, "top_p"), nullptr) << plan.message;
  options_.top_p = 1;
  for (const int type : {3, 255, 256, 258, -1}) {
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
  EXPECT_EQ(thimble_init(small.data(), small.size(), model(), model_bytes(), &options_), nullptr);
  EXPECT_EQ(thimble_init(nullptr, plan.bytes, model(), model_bytes(), &options_), nullptr);
  options_.context = 4;
  thimble_t* t = init();
  ASSERT_NE(t, nullptr);
  std::string text;
  EXPECT_NE(thimble_generate(t, "a prompt that is much too long", collect, &text), THIMBLE_OK);
  EXPECT_NE(std::strstr(thimble_message(t), "context full"), nullptr) << thimble_message(t);
}

}  // namespace
