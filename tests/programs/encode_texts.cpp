// Encodes many texts with one tokenizer: encode_texts TOKENIZER <TEXTS >IDS. Each text ends with a zero byte; each
// gives a line of ids, without BOS.

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/vocabulary_fixture.h"

namespace {

using namespace thimble;

void encode_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const tools::Vocabulary vocabulary = tools::read_vocabulary(std::as_bytes(std::span(content)), path, 0);
  const std::vector<std::byte> section = tools::write_vocabulary(vocabulary);
  Tokenizer tokenizer;
  if (!tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok()) {
    throw std::runtime_error(path + ": its vocabulary does not open");
  }
  for (std::string text; std::getline(std::cin, text, '\0');) {
    std::string line;
    for (const uint32_t id : testing::encode(tokenizer, text, {.add_bos = false})) line += std::to_string(id) + " ";
    std::puts(line.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: encode_texts TOKENIZER <TEXTS >IDS\n");
    return 2;
  }
  try {
    encode_all(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "encode_texts: %s\n", error.what());
    return 1;
  }
  return 0;
}
