// The hashes of all models in a folder (hashes.h), without the tools that make them: what has to be compiled anew for
// each compiler and level is the core. Usage: image_hashes FOLDER [FILE with the expected ones]

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/programs/hashes.h"
#include "tools/convert/image_bytes.h"

namespace {

thimble::tools::ImageBytes read_image(const std::filesystem::path& path) {
  thimble::tools::ImageBytes image(std::filesystem::file_size(path));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(image.span().data()), static_cast<std::streamsize>(image.span().size()));
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    thimble::testing::Hashes hashes;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      const thimble::tools::ImageBytes image = read_image(entry.path());
      thimble::testing::add_hashes(entry.path().stem().string(), image.span(), &hashes);
    }
    return thimble::testing::report(hashes, argc > 2 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "image_hashes: %s\n", error.what());
    return 1;
  }
}
