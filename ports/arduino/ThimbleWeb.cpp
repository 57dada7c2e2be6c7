#include "ThimbleWeb.h"

#include <Arduino.h>

#include <cstdarg>
#include <cstdio>
#include <optional>
#include <string_view>

#include "firmware/server/page.h"
#include "firmware/server/server.h"
#include "ports/arduino/heap.h"
#include "ports/http.h"
#include "ports/port.h"
#include "service/access.h"
#include "thimble/thimble.hpp"

using namespace thimble;

namespace {

// The key of the options, which is text: whoever reads the sketch knows it anyway.
class Key final : public web::Password {
 public:
  void set(const char* key) { key_ = key != nullptr ? key : ""; }
  bool is_set() const override { return !key_.empty(); }
  bool matches(std::string_view given) const override { return service::keys_equal(given, key_); }

 private:
  std::string_view key_;
};

// One sketch has one of each; the server stays, since its transport does.
Key key;
std::string_view name;
std::optional<web::Server> server;

size_t regions_of(void*, size_t, std::span<service::MemoryRegion> out) {
  size_t count = 0;
  for (const Region region : {Region::kFast, Region::kBulk}) {
    const size_t total = arduino::total_bytes(region);
    if (total > 0) out[count++] = {region_name(region), total - arduino::free_bytes(region), total};
  }
  return count;
}

void state_of(void*, service::BoardState* out) { out->cpu_mhz = ESP.getCpuFreqMHz(); }

web::Options server_options() {
  web::Options options;
  options.page = web::page();
  options.password = &key;
  if (!name.empty()) options.names = {&name, 1};
  options.platform.board = options.platform.chip = ESP.getChipModel();
  options.platform.regions = regions_of;
  options.platform.state = state_of;
  return options;
}

// Once, for good.
Status listen(uint16_t port) {
  static bool listens = false;
  if (listens) return {};
  port::HttpLimits limits = web::Server::limits(server_options());
  limits.port = port;
  THIMBLE_RETURN_IF_ERROR(port::start_http(&*server, limits));
  listens = true;
  return {};
}

}  // namespace

bool ThimbleWeb::fail(const char* format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(error_, sizeof(error_), format, values);
  va_end(values);
  return false;
}

bool ThimbleWeb::begin(const ThimbleWebOptions& options) {
  end();
  if (!server) {
    key.set(options.key);
    name = options.name != nullptr ? options.name : "";
    server.emplace(server_options());
  }
  if (!story_.ready()) return fail("begin() of the story comes first, and must return true");
  const size_t bytes = web::Server::memory_bytes(server_options());
  memory_ = arduino::allocate(Region::kBulk, bytes);
  if (memory_ == nullptr) memory_ = arduino::allocate(Region::kFast, bytes);
  if (memory_ == nullptr) {
    return fail("the page needs %u bytes in one piece: story.begin({.keepFree = ...}) leaves more",
                static_cast<unsigned>(bytes));
  }
  Status status = server->attach(*story_.lend(), {static_cast<std::byte*>(memory_), bytes});
  if (status.ok()) status = listen(options.port);
  if (status.ok()) {
    error_[0] = '\0';
    return true;
  }
  end();
  char words[100];
  format_status(status, words);
  return fail("the page: %s", words);
}

void ThimbleWeb::end() {
  if (memory_ == nullptr) return;
  server->detach();
  story_.take_back();
  arduino::release(memory_);
  memory_ = nullptr;
}

bool ThimbleWeb::step() {
  const bool worked = memory_ != nullptr && server->step();
  if (!worked) delay(10);
  port::yield();
  return worked;
}

bool ThimbleWeb::telling() const { return memory_ != nullptr && server->is_telling(); }
