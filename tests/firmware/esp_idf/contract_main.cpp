// Runs a program of firmware/ on the fakes, with arguments, which a chip does not have.

#include "fakes.h"
#include "ports/port.h"

int main(int argc, char** argv) {
  fakes::add_usual_memory();
  const int code = thimble_main(std::span<const char* const>(argv, static_cast<size_t>(argc)).subspan(1));
  thimble::port::yield();
  return code;
}
