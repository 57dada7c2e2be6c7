// The llama2.c importer, by way of the choice between importers, and the converter. The first byte chooses the type of
// weights (modulo 5) and the checkpoint (the quotient): 0 the rest as it is, else the rest as edits of one of six valid
// ones. Whatever imports must either be refused by the converter or give an image that the reader accepts.

#include <array>
#include <cstdlib>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/import/importers.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

// Bounds the time of one input.
constexpr uint32_t kMostPieces = 512;
constexpr uint32_t kFewestPieces = 8;

const std::array<Bytes, 6>& valid_files() {
  static const testing::Fixture tied = testing::make_fixture(testing::smallest_spec());
  static const testing::Fixture untied = [] {
    testing::FixtureSpec spec = testing::five_words_spec();
    spec.vocab_size = kFewestPieces;  // what is converted
    return testing::make_fixture(spec);
  }();
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

constexpr std::array<tools::WeightType, 5> kTypes = {tools::WeightType::kF32, tools::WeightType::kF16,
                                                     tools::WeightType::kQ8, tools::WeightType::kQ4,
                                                     tools::WeightType::kMixed};

void convert_and_open(tools::ImportedModel model, tools::WeightType type) {
  const uint32_t pieces = model.config.vocab_size;
  if (pieces < kFewestPieces || pieces > kMostPieces) return;
  model.vocabulary = testing::make_vocabulary(pieces, 1);
  tools::ConvertOptions options;
  options.type = type;
  options.self_test = false;
  const tools::ImageBytes image = tools::convert(model, options);
  Model opened;
  if (!opened.open(image.span()).ok() || !opened.verify().ok()) std::abort();
}

void import(Bytes file, tools::WeightType type) {
  testing::MemoryFiles files("fuzz.bin", {{"fuzz.bin", std::move(file)}});
  tools::Notes notes;
  try {
    tools::ImportedModel model = tools::import_model(files, {}, &notes);
    read_all(model);
    convert_and_open(std::move(model), type);
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
  const tools::WeightType type = kTypes[data[0] % kTypes.size()];
  const size_t checkpoint = data[0] / kTypes.size();
  if (checkpoint == 0) {
    const auto bytes = std::as_bytes(rest);
    import(Bytes(bytes.begin(), bytes.end()), type);
    return 0;
  }
  Bytes file = valid_files()[checkpoint % valid_files().size()];
  testing::apply_patches(rest, file);
  import(std::move(file), type);
  return 0;
}
