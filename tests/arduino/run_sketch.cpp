// Runs a sketch on a fake board, and prints what it printed.
//
//   SKETCH LOOPS SEED [--partition FILE] [--ffat FOLDER] [--card FOLDER] [--ask JSON]      FILE lies in a partition
//   "model", story.thm in FOLDER on FFat or on a card; JSON goes to /v1/completions, and its answer is printed

#include <Arduino.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "fake.h"
#include "http_fakes.h"

namespace {

std::vector<uint8_t> bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int ask(const std::string& json) {
  const int client = fakes::http::connect();
  const std::string request =
      "POST /v1/completions HTTP/1.1\r\nHost: 192.168.0.7\r\nContent-Length: " + std::to_string(json.size()) +
      "\r\n\r\n" + json;
  fcntl(client, F_SETFL, O_NONBLOCK);
  if (write(client, request.data(), request.size()) != static_cast<ssize_t>(request.size())) std::abort();
  return client;
}

void print_answer(int client) {
  char piece[4096];
  for (ssize_t count; (count = read(client, piece, sizeof(piece))) > 0;)
    fwrite(piece, 1, static_cast<size_t>(count), stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  fake::Board board;
  board.random = {0, static_cast<uint32_t>(std::atoi(arguments[2]))};
  board.file_system = board.card_answers = false;
  std::string json;
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
    } else if (option == "--ask") {
      json = arguments[i + 1];
    } else {
      return 2;
    }
  }
  fake::plug_in(board);
  setup();
  const int client = json.empty() ? -1 : ask(json);
  for (int i = std::atoi(arguments[1]); i > 0; --i) {
    loop();
    if (client >= 0) fakes::http::turns();
  }
  std::fputs(fake::printed().c_str(), stdout);
  if (client >= 0) print_answer(client);
  std::fflush(stdout);
  std::_Exit(0);  // a board never leaves, so a sketch's objects never end
}
