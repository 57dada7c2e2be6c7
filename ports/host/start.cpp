#include "ports/port.h"

int main(int argc, char** argv) {
  return thimble_main(std::span<const char* const>(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0));
}
