#include "firmware/storyteller/web.h"

#include <array>
#include <optional>

#include "firmware/server/page.h"
#include "firmware/server/server.h"
#include "firmware/storyteller/wifi.h"
#include "ports/ethernet.h"
#include "ports/line.h"
#include "ports/temperature.h"

namespace thimble::storyteller {
namespace {

using port::log_line;

// What /api/info says of the board. Asked on the transport's task, while no model is being changed.
struct BoardAnswers {
  const EngineMemory* memory = nullptr;
  const Session* session = nullptr;
  const port::BoardFacts* facts = nullptr;

  static size_t regions(void* self, size_t context_used, std::span<service::MemoryRegion> out);
  static void state(void* self, service::BoardState* out);
  static uint64_t storage_wait_us(void* self);
};

// One board has one network.
BoardAnswers board;
web::Options options;
std::array<web::Route*, 12> routes;
size_t route_count = 0;
std::optional<web::Server> server;
std::span<std::byte> service_memory;
uint32_t reported_address = 0;

size_t BoardAnswers::regions(void* self, size_t context_used, std::span<service::MemoryRegion> out) {
  const auto& [memory, session, facts] = *static_cast<const BoardAnswers*>(self);
  const Plan& plan = session->plan();
  size_t count = 0;
  for (const Region region : {Region::kFast, Region::kBulk}) {
    const size_t bytes = memory->bytes(region);
    if (bytes > 0) out[count++] = {region_name(region), session->used(region), bytes};
  }
  const uint64_t kv_bytes = plan.at(Buffer::kKvCache).bytes;
  out[count++] = {"kv cache", kv_bytes * context_used / plan.options.context, kv_bytes};
  const port::MemoryState heap = port::memory_state(Region::kFast);
  if (heap.total > 0) out[count++] = {"heap", heap.total - heap.free, heap.total};
  return count;
}

void BoardAnswers::state(void* self, service::BoardState* out) {
  const port::BoardFacts& facts = *static_cast<const BoardAnswers*>(self)->facts;
  out->cpu_mhz = facts.cpu_mhz;
  out->psram_mhz = facts.psram == port::Psram::kFound ? facts.psram_mhz : 0;
  out->cache_line_bytes = facts.data_cache_line_bytes;
  if (facts.reset_reason != nullptr) out->reset_reason = facts.reset_reason;
  out->temperature_c = port::chip_temperature();
  if (const int8_t signal = Wifi::signal(); signal != 0) out->rssi_dbm = signal;
}

uint64_t BoardAnswers::storage_wait_us(void* self) {
  const ModelFile* const file = static_cast<const BoardAnswers*>(self)->session->file();
  return file != nullptr ? file->waited_ticks() * 1'000'000 / port::ticks_per_second() : 0;
}

void add_routes(std::span<web::Route* const> more) {
  for (web::Route* const route : more) routes[route_count++] = route;
}

}  // namespace

Web::Web(const port::BoardFacts& facts, Upkeep& upkeep) {
  server.reset();
  reported_address = 0;
  board.facts = &facts;
  options.page = web::page();
  options.names = kBoardNames;
  route_count = 0;
  add_routes(Wifi::routes());  // first: what guests of an access point ask for is for nobody else
  add_routes(upkeep.routes());
  options.routes = std::span(routes).first(route_count);
  options.password = upkeep.password();
  const char* const chip = facts.chip != nullptr ? facts.chip : "board";
  options.platform = {chip, chip, BoardAnswers::regions, BoardAnswers::state, BoardAnswers::storage_wait_us, &board};
  options.platform.manages_models = true;
  Status status = port::start_ethernet();
  if (status.ok() || !Wifi::routes().empty()) {
    server.emplace(options);
    status = port::start_http(&*server, web::Server::limits(options));
  }
  if (!status.ok()) log_line("no network: ", status);
}

void Web::take_memory(EngineMemory* memory) {
  if (server) service_memory = memory->keep(web::Server::memory_bytes(options));
  board.memory = memory;
}

void Web::attach(Session& session) {
  if (!server || !session.ready()) return;
  board.session = &session;
  const Status status = server->attach(session.engine(), service_memory);
  if (!status.ok()) log_line("no page and no API: ", status);
}

void Web::detach() {
  if (server) server->detach();
}

bool Web::step() { return server && server->step(); }

std::unique_lock<std::mutex> Web::lock() { return server ? server->lock() : std::unique_lock<std::mutex>(); }

void Web::wake() {
  if (server) server->wake();
}

bool Web::is_telling() { return server && server->is_telling(); }

void Web::report() {
  const uint32_t address = port::ethernet_address();
  if (address == reported_address) return;
  reported_address = address;
  if (address == 0) return log_line("the network is gone");
  log_line("the page: http://", address >> 24, ".", address >> 16 & 255, ".", address >> 8 & 255, ".", address & 255,
           "/");
}

}  // namespace thimble::storyteller
