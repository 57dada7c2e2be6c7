// The llama2.c importer and the converter. The first byte chooses: 0 the rest as it is, else the rest as edits of one
// of six valid checkpoints. Whatever imports must either be refused by the converter or give an image that the reader
// accepts.

#include <array>
#include <cstdlib>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

// Bounds the time of one input.
constexpr uint32_t kMostPieces = 512;
constexpr uint32_t kFewestPieces = 8;

const std::array<Bytes, 6>& valid_files() {
  static const testing::Fixture tied = testing::make_fixture(testing::smallest_spec());
  static const testing::Fixture untied = testing::make_fixture(testing::five_words_spec());
  static const std::array<Bytes, 6> files = {testing::to_llama2c_v0(tied),    testing::to_llama2c_v1(tied),
                                             testing::to_llama2c_v2(tied, 4), testing::to_llama2c_v0(untied),
                                             testing::to_llama2c_v1(untied),  testing::to_llama2c_v2(untied, 4)};
  return files;
}

void read_all(const tools::ImportedModel& model) {
  std::vector<float> row;
  for (const tools::SourceTensor& t : model.tensors) {
    row.resize(t.cols);
    for (uint32_t r = 0; r < t.rows; ++r) t.read_row(r, row);
  }
}

void convert_and_open(tools::ImportedModel model) {
  const uint32_t pieces = model.config.vocab_size;
  if (pieces < kFewestPieces || pieces > kMostPieces) return;
  model.vocabulary = testing::make_vocabulary(pieces, 1);
  const tools::ImageBytes image = tools::convert(model, {});
  Model opened;
  if (!opened.open(image.span()).ok() || !opened.verify().ok()) std::abort();
}

void import(std::span<const std::byte> file) {
  try {
    tools::ImportedModel model = tools::import_llama2c(file, "fuzz.bin");
    read_all(model);
    convert_and_open(std::move(model));
  } catch (const tools::Error&) {  // a refusal is a fine answer
  }
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble;
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  if (data[0] == 0) {
    import(std::as_bytes(rest));
    return 0;
  }
  Bytes file = valid_files()[data[0] % valid_files().size()];
  testing::apply_patches(rest, file);
  import(file);
  return 0;
}
