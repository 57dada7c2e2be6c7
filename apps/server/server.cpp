// The service, its memory, a thread for its engine, and the loop with the sockets.

#include "apps/server/server.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "apps/server/loop.h"
#include "apps/server/page.h"
#include "apps/server/worker.h"
#include "service/service.h"

namespace thimble::server {
namespace {

constexpr size_t kMostExchanges = 128;  // fewer than connections: a WebSocket at rest needs none
constexpr size_t kQueue = 8;
constexpr size_t kJsonValues = 4096;

// The memory of a desktop: what the model, its engine and the service take.
class MemoryReport {
 public:
  MemoryReport(const Engine& engine, uint64_t weight_bytes, size_t service_bytes)
      : engine_(engine), weight_bytes_(weight_bytes), service_bytes_(service_bytes) {}

  static size_t fill(void* self, size_t context_used, std::span<service::MemoryRegion> out) {
    const auto& report = *static_cast<const MemoryReport*>(self);
    const Plan& plan = report.engine_.plan();
    const uint64_t kv = plan.at(Buffer::kKvCache).bytes;
    const uint64_t rest = plan.total_bytes() - kv;
    const std::array<service::MemoryRegion, 4> regions = {{
        {"weights", report.weight_bytes_, report.weight_bytes_},
        {"kv cache", kv * context_used / plan.options.context, kv},
        {"engine", rest, rest},
        {"service", report.service_bytes_, report.service_bytes_},
    }};
    std::copy(regions.begin(), regions.end(), out.begin());
    return regions.size();
  }

 private:
  const Engine& engine_;
  uint64_t weight_bytes_;
  size_t service_bytes_;
};

service::Options service_options(const Config& config, std::span<const std::string_view> names) {
  service::Options options;
  options.exchanges = kMostExchanges;
  options.queue = kQueue;
  options.buffer_bytes = kBodyBytes;
  options.json_values = kJsonValues;
  options.key = config.key;
  options.origin = config.origin;
  options.names = names;
  options.any_word = config.any_word;
  options.assets = page();
  options.chance = config.chance;
  options.platform.board = config.board;
  options.platform.chip = config.chip;
  return options;
}

}  // namespace

std::string missing() { return {}; }

void serve(Engine& engine, const Config& config) {
  const std::vector<std::string_view> names(config.names.begin(), config.names.end());
  service::Options options = service_options(config, names);
  const size_t bytes = service::Service::memory_bytes(options, engine);
  MemoryReport report(engine, config.weight_bytes, bytes);
  options.platform.regions = &MemoryReport::fill;
  options.platform.context = &report;
  // Not filled with zeros: the pages of buffers that nobody uses are never touched.
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
  service::Service service(engine, options, std::span(memory.get(), bytes), now());

  Loop loop(config);
  Worker worker(service, [&loop] { loop.wake(); });
  loop.run(worker);
}

}  // namespace thimble::server
