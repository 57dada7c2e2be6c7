// Writes a seeded model for scripts: make_fixture OUT.thm, or make_fixture --llama2c OUT.bin TOKENIZER.bin.

#include <cstdio>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>

#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"

namespace {

using namespace thimble;

void write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error(path + ": cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const testing::Fixture fixture = testing::make_fixture(testing::small_spec());
    if (argc == 2) {
      write(argv[1], testing::to_thm(fixture).span());
    } else if (argc == 4 && std::string(argv[1]) == "--llama2c") {
      write(argv[2], testing::to_llama2c_v0(fixture));
      write(argv[3], testing::to_tokenizer_bin(testing::make_vocabulary(fixture.spec.vocab_size, fixture.spec.seed)));
    } else {
      std::fprintf(stderr, "usage: make_fixture OUT.thm | make_fixture --llama2c OUT.bin TOKENIZER.bin\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_fixture: %s\n", error.what());
    return 1;
  }
  return 0;
}
