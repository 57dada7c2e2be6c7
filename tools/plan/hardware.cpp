#include "tools/plan/hardware.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/error.h"
#include "tools/flash/board.h"
#include "tools/flash/embedded_files.h"
#include "tools/flash/partition_table.h"

namespace thimble::tools {
namespace {

using Json = nlohmann::json;

constexpr double kVolts = 3.3;  // of the supply to which data sheets' currents belong
// What firmware leaves to the heap (CONFIG_THIMBLE_INTERNAL_RESERVE_KB, CONFIG_THIMBLE_PSRAM_RESERVE_KB), and the
// stacks of its tasks: the program's, and a worker's on the other core.
constexpr size_t kReservedBytes = 16384;
constexpr size_t kProgramStackBytes = 10240;
constexpr size_t kWorkerStackBytes = 4096;
constexpr size_t kReservedBulkBytes = 65536;
constexpr double kCheckInstructions = 1.5;  // a byte, of the checksum of what a card brings (src/base/checksum.h)

std::string shown_number(double value) { return shown(value); }

// A line of the assumptions: "PSRAM: 88.2 MB/s (measured): https://..."
std::string assumption(const std::string& what, const Json& fact) {
  return what + " (" + fact.at("kind").get<std::string>() + "): " + fact.at("source").get<std::string>();
}

uint32_t cache_line(Framework framework, const std::string& chip) {
  const bool wide = chip == "esp32p4" || (chip == "esp32s3" && framework == Framework::kIdf);
  return wide ? 64 : 32;
}

class Builder {
 public:
  Builder(const std::string& board, const Setup& setup)
      : setup_(setup),
        board_(parsed_file(embedded_boards(), board)),
        chip_id_(board_.at("chip")),
        chip_(parsed_file(embedded_chips(), chip_id_)),
        planning_(chip_.at("planning")) {
    out_.name = board;
    out_.title = board_.at("title");
    out_.chip = chip_.at("name");
  }

  Hardware build() {
    add_processor();
    add_internal_memory();
    add_memory(Medium::kFlash, board_.at("flash"));
    add_psram();
    add_card();
    out_.mapped_bytes = chip_.at("mapped_flash_bytes");
    const PartitionTable table = parse_partition_csv(partition_csv(board_.at("flash").at("bytes"), false), out_.name);
    if (const Partition* model = find_partition(table, kModelLabel)) out_.model_bytes = model->bytes;
    return out_;
  }

 private:
  void assume(const std::string& what, const Json& fact) { out_.assumptions.push_back(assumption(what, fact)); }

  void add_processor() {
    Machine& machine = out_.machine;
    machine.cores = chip_.at("cores");
    machine.hz = chip_.at("cpu_mhz").get<double>() * 1e6;
    const Json& cpi = planning_.at("cycles_per_instruction");
    out_.kernels = kernel_costs(planning_.at("kernels"), cpi.at("value"));
    out_.assumptions.push_back("kernels " + out_.kernels.name + " (" + out_.kernels.kind + "): " + out_.kernels.source);
    assume(shown_number(cpi.at("value")) + " cycles an instruction", cpi);
    if (const Json& plain = planning_.at("plain_kernels"); !plain.is_null()) {
      out_.plain_kernels = kernel_costs(plain, cpi.at("value"));
      out_.assumptions.push_back("kernels " + out_.plain_kernels->name + ", for comparison (" +
                                 out_.plain_kernels->kind + "): " + out_.plain_kernels->source);
    }
    if (const Json& join = planning_.at("fork_join_us"); !join.is_null()) {
      machine.join_seconds = join.at("value").get<double>() * 1e-6;
      assume(shown_number(join.at("value")) + " us for each time the cores meet", join);
    }
    if (const Json& current = planning_.at("active_ma"); !current.is_null()) {
      out_.watts = current.at("value").get<double>() * 1e-3 * kVolts;
      assume(shown_number(current.at("value")) + " mA at 3.3 V", current);
    }
  }

  void add_internal_memory() {
    const Json& wifi = planning_.at("wifi");
    if (setup_.wifi && wifi.is_null()) throw Error(out_.name + ": " + out_.chip + " has no radio; leave out --wifi");
    const Json& internal = setup_.wifi ? wifi : chip_.at("internal");
    std::vector<size_t> blocks = internal.at("blocks");
    const size_t stacks = kProgramStackBytes + (out_.machine.cores - 1) * kWorkerStackBytes;
    size_t reserve = kReservedBytes;
    std::string list;
    for (const size_t block : blocks) list += (list.empty() ? "" : " + ") + std::to_string(block);
    // Stacks come from the first block that has room. The port then takes the largest blocks first, so what it leaves
    // is of the smallest.
    blocks[0] -= std::min(blocks[0], stacks);
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
      const size_t taken = std::min(*block, reserve);
      *block -= taken;
      reserve -= taken;
    }
    for (const size_t block : blocks) {
      if (block > 0) out_.memory.add(Region::kFast, block);
    }
    assume("internal memory free " + list + " bytes, less " + std::to_string(kReservedBytes + stacks) +
               " for stacks and the heap",
           internal);
  }

  void add_psram() {
    const Json& psram = board_.at("psram");
    if (psram.is_null()) return;
    const size_t bytes = psram.at("mapped_bytes");
    out_.memory.add(Region::kBulk, bytes - std::min(bytes, kReservedBulkBytes));
    add_memory(Medium::kBulk, psram);
  }

  // The rate of flash or PSRAM in a mode and at a clock.
  void add_memory(Medium medium, const Json& memory) {
    const std::string kind = medium == Medium::kBulk ? "psram" : "flash";
    const uint32_t line = cache_line(setup_.framework, chip_id_);
    for (const Json& row : planning_.at("memories")) {
      if (row.at("memory") != kind || row.at("mode") != memory.at("mode") || row.at("mhz") != memory.at("mhz") ||
          row.at("line") != line) {
        continue;
      }
      add_rate(medium, row,
               kind + " " + row.at("mode").get<std::string>() + " at " + row.at("mhz").dump() + " MHz, lines of " +
                   std::to_string(line) + " bytes");
      return;
    }
    throw Error(out_.name + ": nobody has stated the speed of its " + kind + "; add it to boards/chips/" + chip_id_ +
                ".json");
  }

  // The chip's best way to a card, whether the board has a slot or not.
  void add_card() {
    for (const Json& row : planning_.at("memories")) {
      if (row.at("memory") != "card") continue;
      add_rate(Medium::kCard, row, "SD card, " + row.at("mode").get<std::string>());
      out_.machine.check_cycles = kCheckInstructions * planning_.at("cycles_per_instruction").at("value").get<double>();
      out_.assumptions.push_back("checksum of what a card brings: " + shown_number(kCheckInstructions) +
                                 " instructions a byte (emulated): src/base/checksum.h, as GCC 12 makes it for Xtensa");
      return;
    }
  }

  void add_rate(Medium medium, const Json& row, const std::string& what) {
    const double one = row.at("mb_s");
    out_.machine.rates[static_cast<size_t>(medium)] = {one * 1e6, row.at("all_cores_mb_s").get<double>() * 1e6};
    assume(what + ": " + shown_number(one) + " MB/s", row);
  }

  Setup setup_;
  Json board_;
  std::string chip_id_;
  Json chip_;
  Json planning_;
  Hardware out_;
};

}  // namespace

std::string board_called(const std::string& name) {
  for (const std::string& board : board_names()) {
    if (board == name) return board;
    const std::vector<std::string> also = parsed_file(embedded_boards(), board).at("also");
    if (std::ranges::find(also, name) != also.end()) return board;
  }
  return {};
}

bool has_radio(const std::string& board) {
  const Json chip = parsed_file(embedded_chips(), parsed_file(embedded_boards(), board).at("chip"));
  return !chip.at("planning").at("wifi").is_null();
}

Hardware hardware_of(const std::string& board, const Setup& setup) { return Builder(board, setup).build(); }

}  // namespace thimble::tools
