// The least firmware there can be: the model that ships inside the program, a fixed piece of memory, and a story on the
// console. It says how the parts meet; a board differs by the port that it links.
//
//   the first argument, or "Once upon a time", begins the story; the second is the seed

#include <array>
#include <new>
#include <string_view>

#include "firmware/story/embedded_model.h"
#include "ports/semihost/print.h"
#include "ports/semihost/semihost.h"
#include "thimble/thimble.hpp"

namespace {

using namespace thimble;

constexpr size_t kArenaBytes = 61 * 1024;  // `thimble inspect models/story.thm -b 1` asks for no more
alignas(kBlockAlignment) std::byte arena[kArenaBytes];

// What thimble.hpp says of a 32-bit chip.
static_assert(sizeof(Model) <= 200 && sizeof(Plan) <= 800 && sizeof(Engine) <= 1000 && sizeof(Generator) <= 4000);

constinit Model model;
constinit Engine engine;
alignas(Generator) std::byte generator_place[sizeof(Generator)];  // some kilobytes, which a stack need not hold

uint64_t number(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) value = 10 * value + static_cast<uint64_t>(c - '0');
  return value;
}

Status tell(std::string_view prompt, uint64_t seed) {
  if (auto s = model.open(embedded_model()); !s.ok()) return s;
  const Memory memory(arena);
  const Plan plan = make_plan(model, {}, memory.describe());
  if (auto s = engine.init(model, plan, memory); !s.ok()) return s;

  GeneratorParams params;
  params.sampler = model_sampling(model);
  params.sampler.seed = seed;
  auto& generator = *new (generator_place) Generator(engine, params);
  if (auto s = generator.start(prompt); !s.ok()) return s;
  semihost::print(prompt);
  while (const Piece piece = generator.next()) semihost::print(piece.text());
  semihost::print("\n");
  return generator.status();
}

}  // namespace

int image_main() {
  const auto arguments = semihost::arguments();
  const std::string_view prompt = !arguments.empty() ? arguments[0] : "Once upon a time";
  const Status status = tell(prompt, arguments.size() > 1 ? number(arguments[1]) : 42);
  if (status.ok()) return 0;
  std::array<char, 160> text;
  semihost::print_line("error: ", format_status(status, text));
  return 1;
}
