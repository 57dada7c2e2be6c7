#include "apps/cli/summary.h"

#include "apps/cli/output.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {

void write_summary(const Timings& t, const Plan& plan, FinishReason reason) {
  write_note(format("load       %s", format_seconds(t.load_seconds).c_str()));
  std::string prompt = format("prompt     %zu tokens", t.prompt_tokens);
  if (t.prompt_tokens > 1) {
    // The last token of the prompt is read together with the first one generated.
    const auto read = static_cast<double>(t.prompt_tokens - 1);
    prompt += " in " + format_seconds(t.prompt_seconds) + ", " + format_rate(read, t.prompt_seconds);
  }
  write_note(prompt);
  std::string generated = format("generated  %zu tokens", t.generated_tokens);
  if (t.generated_tokens > 0) {
    generated += " in " + format_seconds(t.generate_seconds) + ", " +
                 format_rate(static_cast<double>(t.generated_tokens), t.generate_seconds);
  }
  if (reason != FinishReason::kNone) generated += std::string("; ended by: ") + finish_reason_name(reason);
  write_note(generated);
  write_note(format("memory     engine %s planned, process %s at its peak", format_bytes(plan.total_bytes()).c_str(),
                    format_bytes(host::peak_memory_bytes()).c_str()));
}

}  // namespace thimble::cli
