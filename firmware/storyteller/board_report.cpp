#include "firmware/storyteller/board_report.h"

#include <string_view>

#include "firmware/storyteller/numbers.h"
#include "ports/line.h"
#include "thimble/version.h"

namespace thimble::storyteller {
namespace {

using port::BoardFacts;
using port::log_line;
using port::Psram;

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

std::string_view or_unknown(const char* text) { return text != nullptr ? text : "not known"; }

void report_flash(const BoardFacts& facts) {
  if (facts.flash_bytes == 0) return;
  log_line("flash: ", facts.flash_bytes / kMegabyte, " MB, ", or_unknown(facts.flash_mode), ", ", facts.flash_mhz,
           " MHz; this program was built for ", facts.flash_configured_bytes / kMegabyte, " MB");
}

void report_psram(const BoardFacts& facts) {
  switch (facts.psram) {
    case Psram::kOff:
      log_line("PSRAM: off in this build");
      break;
    case Psram::kNotFound:
      log_line("PSRAM: none found, ", or_unknown(facts.psram_mode), " was looked for");
      break;
    case Psram::kFound:
      log_line("PSRAM: ", facts.psram_bytes / kMegabyte, " MB, ", or_unknown(facts.psram_mode), ", ", facts.psram_mhz,
               " MHz");
      break;
  }
}

void report_heap(Region region) {
  const port::MemoryState state = port::memory_state(region);
  if (state.total == 0) return;
  log_line("heap, ", region_name(region), ": ", state.free, " of ", state.total, " bytes free, largest block ",
           state.largest_block);
}

}  // namespace

void report_board(const BoardFacts& facts) {
  log_line("Thimble ", THIMBLE_VERSION, ", storyteller");
  const uint32_t cores = port::core_count();
  log_line("chip: ", or_unknown(facts.chip), ", ", cores, cores == 1 ? " core" : " cores");
  if (facts.revision > 0) log_line("revision: ", decimal(facts.revision, 2));
  if (facts.cpu_mhz > 0) log_line("clock: ", facts.cpu_mhz, " MHz of ", facts.most_cpu_mhz);
  log_line("SDK: ", or_unknown(facts.sdk));
  log_line("started by: ", or_unknown(facts.reset_reason));
  report_flash(facts);
  report_psram(facts);
  if (facts.data_cache_line_bytes > 0) {
    log_line("data cache: ", facts.data_cache_bytes / 1024, " KiB, lines of ", facts.data_cache_line_bytes, " bytes");
  }
  report_heap(Region::kFast);
  report_heap(Region::kBulk);
}

}  // namespace thimble::storyteller
