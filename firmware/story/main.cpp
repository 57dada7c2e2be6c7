// The least firmware there can be: the model that ships inside the program, the port's memory, and a story on the
// console. It says how the parts meet; a board differs by the port that it links.
//
//   the first argument, or "Once upon a time", begins the story; the second is the seed

#include <new>
#include <string_view>

#include "firmware/story/embedded_model.h"
#include "ports/line.h"
#include "ports/port.h"
#include "thimble/thimble.hpp"

namespace {

using namespace thimble;

// What thimble.hpp says of a 32-bit chip.
static_assert(sizeof(void*) > 4 ||
              (sizeof(Model) <= 200 && sizeof(Plan) <= 850 && sizeof(Engine) <= 1150 && sizeof(Generator) <= 4150));

constinit Model model;
constinit Engine engine;
alignas(Generator) std::byte generator_place[sizeof(Generator)];  // some kilobytes, which a stack need not hold

uint64_t number(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) value = 10 * value + static_cast<uint64_t>(c - '0');
  return value;
}

void log_speed(size_t tokens, uint64_t ticks) {
  const uint64_t tenths = 10 * tokens * port::ticks_per_second() / (ticks > 0 ? ticks : 1);
  port::log_line(tokens, " tokens, ", tenths / 10, ".", tenths % 10, " a second");
}

Status tell_story(std::string_view prompt, uint64_t seed) {
  THIMBLE_RETURN_IF_ERROR(model.open(embedded_model()));
  Memory memory;
  for (const port::MemoryPiece& piece : port::memory_pieces()) memory.add(piece.region, piece.bytes);
  const Plan plan = make_plan(model, {}, memory.describe());
  THIMBLE_RETURN_IF_ERROR(engine.init(model, plan, memory));

  GeneratorParams params;
  params.sampler = model_sampling(model);
  params.sampler.seed = seed;
  params.on_prompt.fn = [](void*, size_t, size_t) { port::yield(); };
  auto& generator = *new (generator_place) Generator(engine, params);
  THIMBLE_RETURN_IF_ERROR(generator.start(prompt));
  port::write_text(prompt);
  const uint64_t from = port::ticks();
  while (const Piece piece = generator.next()) {
    port::write_text(piece.text());
    port::yield();
  }
  port::write_text("\n");
  log_speed(generator.generated_tokens(), port::ticks() - from);
  return generator.status();
}

}  // namespace

int thimble_main(std::span<const char* const> arguments) {
  const std::string_view prompt = !arguments.empty() ? arguments[0] : "Once upon a time";
  const Status status = tell_story(prompt, arguments.size() > 1 ? number(arguments[1]) : 42);
  if (!status.ok()) port::log_line("error: ", status);
  return status.ok() ? 0 : 1;
}
