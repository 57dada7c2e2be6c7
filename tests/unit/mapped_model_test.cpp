// A model in a file is mapped where it lies: to open it is not to read it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <random>
#include <string>

#include "ports/host/file.h"
#include "tests/plan/blank_model.h"

namespace thimble {
namespace {

class Removed {
 public:
  explicit Removed(std::filesystem::path path) : path_(std::move(path)) {}
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;
  ~Removed() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Bytes of files that this process has in memory, as Linux counts them.
std::optional<size_t> resident_file_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  size_t kilobytes = 0;
  while (status >> word) {
    if (word == "RssFile:" && status >> kilobytes) return kilobytes * 1024;
  }
  return std::nullopt;
}

TEST(MappedModel, OpensWithoutBeingRead) {
  if (!resident_file_bytes()) GTEST_SKIP() << "nobody counts pages here";
  const Removed file(std::filesystem::temp_directory_path() /
                     ("thimble_mapped_" + std::to_string(std::random_device{}())));
  {
    tools::ImageBytes image;
    tools::ConvertOptions options;
    options.type = tools::WeightType::kQ8;
    const auto memory = [&](uint64_t bytes) {
      image = tools::heap_image(bytes);
      return image.span();
    };
    tools::blank_image_into(memory, tools::synthetic_model({"blank", testing::known("stories15M")}, 1, 0), options);
    std::ofstream(file.path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(image.span().data()), static_cast<std::streamsize>(image.span().size()));
  }
  const size_t before = *resident_file_bytes();
  const host::MappedFile mapped(file.path().string());
  const size_t bytes = mapped.bytes().size();
  ASSERT_GT(bytes, 15u << 20);
  Model model;
  ASSERT_TRUE(model.open(mapped.bytes()).ok());
  EXPECT_LT(*resident_file_bytes() - before, bytes / 4);  // a large page or two come with the first bytes
  // What a reader touches is there then, or nothing was measured.
  const auto sum = std::accumulate(mapped.bytes().begin(), mapped.bytes().end(), 0u,
                                   [](uint32_t s, std::byte b) { return s + std::to_integer<uint32_t>(b); });
  EXPECT_GT(sum, 0u);
  EXPECT_GT(*resident_file_bytes() - before, bytes / 2);
}

}  // namespace
}  // namespace thimble
