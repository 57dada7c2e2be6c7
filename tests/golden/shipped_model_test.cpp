// The model in models/: that it is whole, fits the chip it was made for, and tells the very same stories everywhere.
// After a new training the pinned values below change; models/README.md says where they come from.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/shared_models.h"

namespace thimble {
namespace {

using testing::to_string;

constexpr const char* kGreedyStory =
    ", a little boy named Billy lived in a small village. One day, Billy played ball in the house. Crash! A little "
    "lamp fell down and broke. It was old, and Billy's grandma loved it. Billy hid it behind the curtain. All day, "
    "he was very quiet. \"What's wrong?\" asked Grandma gently. Billy felt bad.\n"
    "\"It was me,\" whispered Billy. \"I broke your lamp.\" Grandma looked at it and sat down next to Billy. \"I'm "
    "not angry,\" said Grandma softly. \"I'm glad you told me.\" Billy worked all week and bought a new lamp for "
    "her. \"It's beautiful!\" said Grandma happily. \"Thank you!\" After that, Billy was very careful in the house.";
constexpr const char* kSampledStory =
    " had a white cup from Aunt Bell. But one day, the cup was gone. \"Where's my cup?\" asked the little robot in a "
    "small voice. He looked in the toy box. There was an empty box, but no cup.\n"
    "But the little robot did not give up. In the end, the little robot found the cup in the baby's bed! You see, "
    "the baby liked it, too. The little robot was happy and held the cup tight. He told Aunt Bell everything, and "
    "they laughed together.";
// Who is asked for comes into the story, since the prompt bias is larger until then.
constexpr const char* kStoryOfPablo =
    ".\n"
    "Once upon a time, a robot called Pablo lived by the pond. Pablo's favorite thing was a yellow flute. But one"
    " day, the flute was gone. Pablo looked down. \"Who has seen my flute?\" Pablo looked on the shelf. There was"
    " a sleeping cat, but no flute. Pablo looked under the blanket, too, and found only a sleeping cat. Pablo "
    "began to cry.\n"
    "Now Pablo wanted to give up, but he tried again. Suddenly, Pablo saw the flute in the baby's bed! You see, "
    "the baby liked it, too. Pablo was glad and held the flute tight. He told his grandma everything, and they "
    "laughed together.";
constexpr uint64_t kGreedyHash = 0x555fb790726c723e;

// An ESP32-S3 without Wi-Fi: what its free internal memory holds, in blocks of which none is larger than this.
constexpr size_t kFreeBytes = 290'000;
constexpr size_t kBlockBytes = 260'000;
constexpr size_t kStackBytes = 4096;
constexpr size_t kObjectBytes = sizeof(Model) + sizeof(Engine) + sizeof(Generator);
// With Wi-Fi: the model is mapped from flash, and this much is left to speed it up.
constexpr size_t kFastBytes = 150'000;

class ShippedModel : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<std::byte> file =
        testing::read_file(std::filesystem::path(THIMBLE_SOURCE_DIR) / "models/story.thm");
    image_ = tools::ImageBytes(file.size());
    std::memcpy(image_.span().data(), file.data(), file.size());
    const Status status = model_.open(image_.span());
    ASSERT_TRUE(status.ok()) << to_string(status);
  }

  tools::ImageBytes image_;
  Model model_;
};

TEST_F(ShippedModel, IsWholeAndSaysWhatItIs) {
  EXPECT_TRUE(model_.verify().ok());
  EXPECT_EQ(model_.arithmetic(), Arithmetic::kInteger);
  EXPECT_EQ(model_.config().max_context, 256u);
  EXPECT_EQ(model_.about_text("name"), "story");
  EXPECT_EQ(model_.about_text("license"), "MIT");
  EXPECT_FLOAT_EQ(model_.about_f32("sampling.temperature", 0), 0.8f);
  EXPECT_FLOAT_EQ(model_.about_f32("sampling.top_p", 0), 0.95f);
}

TEST_F(ShippedModel, ProvesItself) {
  for (const KvType type : {KvType::kF32, KvType::kI8}) {
    testing::TestEngine run(image_.span(), {.kv_type = type});
    uint64_t expected = 0, found = 0;
    ASSERT_TRUE(expected_selftest_hash(model_, type, &expected));
    ASSERT_TRUE(run_selftest(run.engine(), &found).ok());
    EXPECT_EQ(found, expected);
  }
}

TEST_F(ShippedModel, FitsAnEsp32S3WithoutWifi) {
  const size_t weights = image_.span().size();
  ASSERT_LE(weights, kBlockBytes);
  // The rest of the block that holds the file, and a smaller block.
  const size_t beside = kBlockBytes - weights;
  const size_t more = kFreeBytes - kBlockBytes - kStackBytes - kObjectBytes;
  const Plan plan = make_plan(model_, {}, MemoryLayout().add(Region::kFast, beside).add(Region::kFast, more));
  EXPECT_TRUE(plan.status.ok()) << to_string(plan.status);
  EXPECT_EQ(plan.options.context, 256u);
}

TEST_F(ShippedModel, KeepsMostLayersInFastMemoryWithWifi) {
  const MemoryLayout layout = MemoryLayout().add(Region::kFast, kFastBytes);
  const Plan plan = make_plan(model_, {.weights = WeightHome::kFast}, layout);
  ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
  EXPECT_GT(plan.resident_bytes, 78'000u);
  for (uint32_t i = 0; i < model_.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    model_.tensor_at(i, &role, &layer);
    if (role == Role::kTokenEmbedding) {
      EXPECT_FALSE(is_resident(plan, model_, i));
    } else if (layer < 3) {
      EXPECT_TRUE(is_resident(plan, model_, i)) << role_name(role) << " of layer " << layer;
    }
  }
  tools::ImageBytes memory(plan.total_bytes());
  Engine engine;
  ASSERT_TRUE(engine.init(model_, plan, Memory(memory.span())).ok());
  uint64_t expected = 0, found = 0;
  ASSERT_TRUE(expected_selftest_hash(model_, KvType::kI8, &expected));
  ASSERT_TRUE(run_selftest(engine, &found).ok());
  EXPECT_EQ(found, expected);
}

TEST_F(ShippedModel, TellsTheSameStories) {
  testing::TestEngine run(image_.span());
  const testing::Generated greedy = testing::generate(run.engine(), "Once upon a time", testing::greedy(256));
  EXPECT_EQ(greedy.text, kGreedyStory);
  EXPECT_EQ(greedy.hash, kGreedyHash);
  EXPECT_EQ(greedy.finish, FinishReason::kEndOfText);

  GeneratorParams params;
  params.sampler = {.temperature = 0.8f, .top_k = 0, .top_p = 0.95f, .min_p = 0, .seed = 7};
  const testing::Generated sampled = testing::generate(run.engine(), "The little robot", params);
  EXPECT_EQ(sampled.text, kSampledStory);
  EXPECT_EQ(sampled.finish, FinishReason::kEndOfText);

  params.sampler.seed = 10;
  EXPECT_EQ(testing::generate(run.engine(), "Pablo did not want to sleep", params).text, kStoryOfPablo);
}

TEST_F(ShippedModel, GoesOnFromAnything) {
  testing::TestEngine run(image_.span());
  for (const std::string prompt :
       {"", " ", "Quillon", "A cat named Whiskers", "pirates!!", "\xF0\x9F\x99\x82", "Why is the sky blue?",
        "3 + 4 =", "ONCE UPON A TIME", "\n\n\n", "caf\xC3\xA9", "\xFF\xFE", "<|endoftext|>"}) {
    const testing::Generated told = testing::generate(run.engine(), prompt, testing::greedy(256));
    EXPECT_NE(told.finish, FinishReason::kError) << prompt;
    EXPECT_GT(told.text.size(), 20u) << prompt;
  }
}

}  // namespace
}  // namespace thimble
