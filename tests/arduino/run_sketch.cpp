// Runs a sketch on a fake board, and prints what it printed.
//
//   SKETCH LOOPS SEED [--partition FILE] [--ffat FOLDER] [--card FOLDER]      FILE lies in a partition
//   "model", story.thm in FOLDER on FFat or on a card

#include <Arduino.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "fake.h"

namespace {

std::vector<uint8_t> bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  fake::Board board;
  board.random = {0, static_cast<uint32_t>(std::atoi(arguments[2]))};
  board.file_system = board.card_answers = false;
  for (int i = 3; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    if (option == "--partition") {
      board.partitions = {{"model", 0x210000, bytes_of(arguments[i + 1])}};
      board.partitions[0].bytes.resize(0x100000, 0xff);
    } else if (option == "--ffat") {
      board.file_system = true;
      board.ffat = arguments[i + 1];
    } else if (option == "--card") {
      board.card_answers = true;
      board.card = arguments[i + 1];
    } else {
      return 2;
    }
  }
  fake::plug_in(board);
  setup();
  for (int i = std::atoi(arguments[1]); i > 0; --i) loop();
  std::fputs(fake::printed().c_str(), stdout);
  std::fflush(stdout);
  std::_Exit(0);  // a board never leaves, so a sketch's objects never end
}
