// Thimble on a bare machine: reads a model, generates a text, and says what it cost. The core is the one that chips
// run; this file wires it to the port. Exit codes: 0 done, 1 a Status, 2 wrong arguments, 3 an exception.

#include "firmware/emu/model_source.h"
#include "firmware/emu/options.h"
#include "firmware/emu/passes.h"
#include "firmware/emu/streamed_model.h"
#include "ports/line.h"
#include "ports/semihost/semihost.h"

namespace thimble::emu {
namespace {

using port::print_line;

// Lines "ram PURPOSE BYTES": what the image owns, the stack in use so far, and the plan, buffer by buffer.
void print_memory(const Plan& plan) {
  print_line("ram static ", semihost::static_bytes());
  print_line("ram stack ", semihost::stack_used_bytes(), " of ", semihost::stack_bytes());
  for (size_t i = 0; i < kBufferCount; ++i) {
    const auto buffer = static_cast<Buffer>(i);
    if (plan.at(buffer).bytes > 0) print_line("ram plan ", buffer_name(buffer), " ", plan.at(buffer).bytes);
  }
  print_line("ram plan-total ", plan.total_bytes());
  if (plan.options.weights == WeightHome::kInPlace) return;
  print_line("ram resident-weights ", plan.resident_tensors, " tensors ", plan.resident_bytes);
  if (plan.options.weights == WeightHome::kStreamed) print_line("streamed ", plan.streamed_bytes, " bytes a token");
}

Status plan_memory(const Options& options, FreeMemory* memory, Task* task) {
  const std::span<std::byte> arena = memory->take(options.ram);
  task->memory.add(Region::kFast, arena);
  task->plan = make_plan(*task->model, options.plan, task->memory.describe());
  return task->plan.status;
}

// The image of the model, or the head of one that is streamed; returns the bytes of its file.
Result<uint64_t> open_model(const Options& options, FreeMemory* memory, Model* model, WeightReader* reader) {
  static constinit StreamedModel streamed;
  if (options.plan.weights == WeightHome::kStreamed) {
    THIMBLE_RETURN_IF_ERROR(streamed.open(options.model, memory, model));
    *reader = streamed.reader();
    print_line("ram tables ", streamed.table_bytes());
    return streamed.bytes();
  }
  const auto image = find_model(options, memory);
  if (!image.ok()) return image.status();
  THIMBLE_RETURN_IF_ERROR(model->open(*image));
  THIMBLE_RETURN_IF_ERROR(model->verify());
  return uint64_t{image->size()};
}

Status run(const Options& options) {
  static constinit Model model;
  static constinit Task task;
  static constinit Sequence sequence;
  FreeMemory memory;
  semihost::fail_reads_after(options.read_most);
  const auto file_bytes = open_model(options, &memory, &model, &task.reader);
  if (!file_bytes.ok()) return file_bytes.status();
  const auto prompt = read_prompt(options.prompt_file, &memory);
  if (!prompt.ok()) return prompt.status();

  task.options = &options;
  task.model = &model;
  task.prompt = *prompt;
  const std::span<std::byte> ids = memory.take((size_t{model.config().max_context} + 1) * sizeof(uint32_t));
  sequence.ids = {reinterpret_cast<uint32_t*>(ids.data()), ids.size() / sizeof(uint32_t)};
  THIMBLE_RETURN_IF_ERROR(plan_memory(options, &memory, &task));
  print_line("model ", model.arithmetic() == Arithmetic::kInteger ? "integer" : "float", " kv ",
             kv_type_name(task.plan.options.kv_type), " context ", task.plan.options.context, " bytes ", *file_bytes);

  if (options.selftest) THIMBLE_RETURN_IF_ERROR(check_selftest(task));
  if (options.max_tokens > 0) THIMBLE_RETURN_IF_ERROR(generate(task, &sequence));
  print_memory(task.plan);
  if (options.count) THIMBLE_RETURN_IF_ERROR(count_instructions(task, sequence));
  if (options.profile) THIMBLE_RETURN_IF_ERROR(count_stages(task, sequence));
  return {};
}

}  // namespace
}  // namespace thimble::emu

int thimble_main(std::span<const char* const> arguments) {
  using namespace thimble;
  static constinit emu::Options options;
  const Status usage = emu::parse_options(arguments, &options);
  const Status status = usage.ok() ? emu::run(options) : usage;
  if (status.ok()) return 0;
  port::print_line("error: ", status);
  return usage.ok() ? 1 : 2;
}
