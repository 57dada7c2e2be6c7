// Writes a seeded model for scripts: make_fixture OUT.thm, or make_fixture --llama2c OUT.bin TOKENIZER. Or a tokenizer
// alone: make_fixture --tokenizer PIECES TOKENIZER. Or Tiny-LLM as a Hugging Face folder, with an embedding and a
// classifier from a seed: make_fixture --tiny-llm FOLDER. TOKENIZER is a sentencepiece model that removes extra spaces
// where its name ends in .model, else a llama2.c tokenizer.bin.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>

#include "tests/support/model_fixture.h"
#include "tests/support/tiny_llm.h"
#include "tests/support/vocabulary_fixture.h"

namespace {

using namespace thimble;

void write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error(path + ": cannot be written");
}

void write_tokenizer(const std::string& path, uint32_t pieces) {
  tools::Vocabulary vocabulary = testing::make_vocabulary(pieces, testing::small_spec().seed);
  vocabulary.remove_extra_spaces = true;
  write(path, path.ends_with(".model") ? testing::to_sentencepiece(vocabulary) : testing::to_tokenizer_bin(vocabulary));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const testing::Fixture fixture = testing::make_fixture(testing::small_spec());
    if (argc == 2) {
      write(argv[1], testing::to_thm(fixture).span());
    } else if (argc == 4 && std::string(argv[1]) == "--llama2c") {
      write(argv[2], testing::to_llama2c_v0(fixture));
      write_tokenizer(argv[3], fixture.spec.vocab_size);
    } else if (argc == 4 && std::string(argv[1]) == "--tokenizer") {
      write_tokenizer(argv[3], static_cast<uint32_t>(std::stoul(argv[2])));
    } else if (argc == 3 && std::string(argv[1]) == "--tiny-llm") {
      std::filesystem::create_directories(argv[2]);
      for (const auto& [name, bytes] : testing::TinyLlm().folder()) write(std::string(argv[2]) + "/" + name, bytes);
    } else {
      std::fprintf(stderr,
                   "usage: make_fixture OUT.thm | --llama2c OUT.bin TOKENIZER | --tokenizer PIECES TOKENIZER | "
                   "--tiny-llm FOLDER\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_fixture: %s\n", error.what());
    return 1;
  }
  return 0;
}
