// Prints the hashes of every fixture, and of the real models where they are at hand, for each type of weights and of
// kv cache: one line each, the same everywhere (hashes.h). With --expect FILE nothing is printed but the lines that
// differ from those of the file; tests/golden/hashes.txt has them all. With --images FOLDER the models are left there,
// converted, for image_hashes.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/programs/hashes.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"

namespace {

using namespace thimble;

void write_image(const std::string& path, std::span<const std::byte> image) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

// Every type of weights with every type of kv cache. `convert` makes an image of a type.
template <class Convert>
void probe_types(const std::string& model, const std::string& folder, const Convert& convert, testing::Hashes* hashes) {
  using tools::WeightType;
  for (const WeightType weights :
       {WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
    const std::string kind = model + "-" + tools::weight_type_name(weights);
    const tools::ImageBytes image = convert(weights);
    if (!folder.empty()) write_image(folder + "/" + kind + ".thm", image.span());
    testing::add_hashes(kind, image.span(), hashes);
  }
}

testing::Hashes probe_all(const std::string& folder) {
  testing::Hashes hashes;
  std::vector<testing::FixtureSpec> specs = testing::all_specs();
  specs.push_back(testing::wide_heads_spec());
  for (const auto& spec : specs) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const auto convert = [&](tools::WeightType weights) { return testing::to_thm(fixture, weights); };
    probe_types("fixture" + std::to_string(spec.seed), folder, convert, &hashes);
  }
  if (!std::filesystem::exists(testing::shared_folder() / "models")) return hashes;
  for (const auto& model : testing::shared_models()) {
    const auto convert = [&](tools::WeightType weights) {
      return testing::import_shared(model.checkpoint, model.tokenizer, weights);
    };
    probe_types(model.name, folder, convert, &hashes);
  }
  return hashes;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    return testing::report(probe_all(options["--images"]), options["--expect"]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hash_probe: %s\n", error.what());
    return 1;
  }
}
