// From power-on to a story, and a console for more. The parts are beside this file; a board differs by the port that it
// links (ports/port.h, ports/board.h).
//
//   arguments, on a desktop: a model's file, or --test-memory; an application for a chip sets STORYTELLER_TEST_MEMORY

#include <new>
#include <string_view>

#include "firmware/story/embedded_model.h"
#include "firmware/storyteller/storyteller.h"

namespace {

using thimble::storyteller::Options;
using thimble::storyteller::Storyteller;

// Some ten kilobytes, which a stack need not hold; made by thimble_main(), when the port is ready.
alignas(Storyteller) std::byte place[sizeof(Storyteller)];

Options read_arguments(std::span<const char* const> arguments) {
  Options options;
  options.built_in = embedded_model();
#if defined(STORYTELLER_TEST_MEMORY)
  options.test_memory = true;
#endif
  for (const char* argument : arguments) {
    if (std::string_view(argument) == "--test-memory") {
      options.test_memory = true;
    } else {
      options.model_file = argument;
    }
  }
  return options;
}

}  // namespace

int thimble_main(std::span<const char* const> arguments) {
  auto& storyteller = *new (place) Storyteller(read_arguments(arguments));
  storyteller.start();
  for (;;) storyteller.serve();
}
