// A story teller on a fake board, and what seed 34 tells on any.
#pragma once

#include <Thimble.h>
#include <gtest/gtest.h>
#include <thimble_story_model.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fake.h"

inline constexpr char kPrompt[] = "A cat named Tom";
inline constexpr size_t kModelBytes = sizeof(thimble_story_model);

inline std::vector<uint8_t> shipped_model() {
  std::ifstream file(STORY_MODEL, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string tell(Thimble& story, const char* prompt = kPrompt) {
  std::string text;
  EXPECT_TRUE(story.generate(prompt, [&](const char* piece) { text += piece; })) << story.error();
  return text;
}

// What seed 34 tells on a board where nothing is short.
inline std::string expected_story() {
  static const std::string text = [] {
    Thimble story(thimble_story_model);
    EXPECT_TRUE(story.begin()) << story.error();
    story.setSeed(34);
    return tell(story);
  }();
  return text;
}

class Library : public testing::Test {
 protected:
  void SetUp() override {
    fake::plug_in({});
    expected_ = expected_story();
    fake::plug_in({});
  }
  void TearDown() override { fake::plug_in({}); }  // which refuses leaks

  // That seed 34 tells the same on this board.
  void tells_on(const fake::Board& board, const ThimbleOptions& options, ThimbleFacts* facts = nullptr) {
    fake::plug_in(board);
    Thimble story(thimble_story_model);
    ASSERT_TRUE(story.begin(options)) << story.error();
    story.setSeed(34);
    EXPECT_EQ(tell(story), expected_);
    if (facts != nullptr) *facts = story.facts();
  }

  std::string expected_;
};

// A folder that is /ffat.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              (std::string("thimble_arduino_") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const char* name, const std::vector<uint8_t>& bytes) {
    std::ofstream(path_ / name, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  fake::Board board() const {
    fake::Board board;
    board.ffat = path_.string();
    return board;
  }

 private:
  std::filesystem::path path_;
};
