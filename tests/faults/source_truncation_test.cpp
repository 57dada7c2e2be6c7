// Foreign files cut at every length, lengthened, and flipped: always an Error of one line, never a crash.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>

#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"
#include "tools/import/llama2c.h"

// The largest block asked for since the last reset: what a hostile count would swell.
static size_t largest_block = 0;

// Not inlined: gcc takes a half-inlined pair for a mismatch of new and free.
[[gnu::noinline]] void* operator new(size_t size) {
  largest_block = std::max(largest_block, size);
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

constexpr uint32_t kGroup = 4;

enum class Outcome { kRead, kRefused };

// Runs `read`; a refusal must be a tools::Error with a message of one line that names the file.
Outcome attempt(const std::function<void()>& read) {
  try {
    read();
  } catch (const tools::Error& error) {
    const std::string message = error.what();
    EXPECT_GT(message.size(), 10u);
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_NE(message.find("file.x"), std::string::npos) << message;
    return Outcome::kRefused;
  }
  return Outcome::kRead;
}

// Reads every weight, so that an offset that is wrong by any amount is seen by a sanitizer.
void read_model(const Bytes& file) {
  const tools::ImportedModel model = tools::import_llama2c(file, "file.x");
  std::vector<float> row;
  for (const tools::SourceTensor& t : model.tensors) {
    row.resize(t.cols);
    for (uint32_t r = 0; r < t.rows; ++r) t.read_row(r, row);
  }
}

struct Checkpoint {
  const char* name;
  Bytes file;
  size_t header_bytes;
};

std::vector<Checkpoint> checkpoints() {
  std::vector<Checkpoint> out;
  for (const auto& spec : {testing::smallest_spec(), testing::five_words_spec()}) {
    const testing::Fixture f = testing::make_fixture(spec);
    out.push_back({"v0", testing::to_llama2c_v0(f), 28});
    out.push_back({"v1", testing::to_llama2c_v1(f), 256});
    out.push_back({"v2", testing::to_llama2c_v2(f, kGroup), 256});
  }
  return out;
}

// A copy whose heap block ends where the file ends.
Bytes first_bytes(const Bytes& file, size_t length) {
  return Bytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
}

// Far above what these files need (some kB), far below what their counts could ask for.
constexpr size_t kLittleMemory = 4 << 20;

TEST(SourceTruncation, EveryLengthOfACheckpointIsRefused) {
  for (const Checkpoint& c : checkpoints()) {
    ASSERT_EQ(attempt([&] { read_model(c.file); }), Outcome::kRead) << c.name;
    for (size_t length = 0; length < c.file.size(); ++length) {
      const Bytes cut = first_bytes(c.file, length);
      ASSERT_EQ(attempt([&] { read_model(cut); }), Outcome::kRefused) << c.name << " cut to " << length;
    }
    Bytes longer = c.file;
    longer.push_back(std::byte{0});
    EXPECT_EQ(attempt([&] { read_model(longer); }), Outcome::kRefused) << c.name;
  }
}

TEST(SourceTruncation, EveryFlippedHeaderByteIsHandledInLittleMemory) {
  largest_block = 0;
  for (const Checkpoint& c : checkpoints()) {
    for (size_t at = 0; at < c.header_bytes; ++at) {
      for (int flip = 1; flip < 256; ++flip) {
        Bytes file = c.file;
        file[at] ^= static_cast<std::byte>(flip);
        attempt([&] { read_model(file); });
      }
    }
  }
  EXPECT_LT(largest_block, kLittleMemory);
}

TEST(SourceTruncation, EveryLengthOfATokenizerBinIsRefused) {
  for (const uint32_t size : {8u, 300u}) {
    const Bytes file = testing::to_tokenizer_bin(testing::make_vocabulary(size, 1));
    const auto read = [&](const Bytes& bytes) {
      return attempt([&] { tools::read_vocabulary(bytes, "file.x", size); });
    };
    ASSERT_EQ(read(file), Outcome::kRead);
    for (size_t length = 0; length < file.size(); ++length) {
      ASSERT_EQ(read(first_bytes(file, length)), Outcome::kRefused) << "cut to " << length;
    }
    Bytes longer = file;
    longer.push_back(std::byte{0});
    EXPECT_EQ(read(longer), Outcome::kRefused);
  }
}

// A protocol buffer states no length: cut between two fields it is a shorter one, so some cuts read.
TEST(SourceTruncation, EveryLengthOfASentencePieceModelIsHandled) {
  for (const uint32_t size : {8u, 300u}) {
    const Bytes file = testing::to_sentencepiece(testing::make_vocabulary(size, 1));
    const auto read = [&](const Bytes& bytes) { return attempt([&] { tools::read_sentencepiece(bytes, "file.x"); }); };
    ASSERT_EQ(read(file), Outcome::kRead);
    size_t refused = 0;
    for (size_t length = 0; length < file.size(); ++length) {
      if (read(first_bytes(file, length)) == Outcome::kRefused) ++refused;
    }
    EXPECT_GT(refused, file.size() / 2);
    Bytes longer = file;
    longer.push_back(std::byte{0});
    EXPECT_EQ(read(longer), Outcome::kRefused);
  }
}

TEST(SourceTruncation, FlippedTokenizerBytesAreHandledInLittleMemory) {
  largest_block = 0;
  const tools::Vocabulary vocabulary = testing::make_vocabulary(40, 1);
  for (const Bytes& original : {testing::to_tokenizer_bin(vocabulary), testing::to_sentencepiece(vocabulary)}) {
    for (size_t at = 0; at < original.size(); ++at) {
      for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        Bytes file = original;
        file[at] ^= static_cast<std::byte>(flip);
        attempt([&] { tools::read_vocabulary(file, "file.x", 40); });
      }
    }
  }
  EXPECT_LT(largest_block, kLittleMemory);
}

}  // namespace
}  // namespace thimble
