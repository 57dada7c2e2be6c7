#include "firmware/storyteller/wifi.h"

#include <optional>

#include "firmware/network/improv.h"
#include "firmware/network/network.h"
#include "firmware/network/portal.h"
#include "firmware/network/settings_store.h"
#include "firmware/network/setup_api.h"
#include "firmware/network/setup_files.h"
#include "firmware/storyteller/web.h"
#include "firmware/storyteller/wifi_console.h"
#include "ports/line.h"
#include "thimble/version.h"

#ifndef STORYTELLER_AP_PASSWORD
#define STORYTELLER_AP_PASSWORD ""
#endif

namespace thimble::storyteller {
namespace {

// What happens is looked at at once; wishes, deadlines and packets on the console so often.
constexpr uint32_t kGlanceMs = 100;

// One board has one radio.
network::SettingsStore store;
network::Network net(store, STORYTELLER_AP_PASSWORD);
std::optional<network::Improv> improv;
network::Portal portal(net, kBoardNames);
network::SetupApi setup_api(net);
std::optional<network::SetupPage> setup_files;
web::Route* all_routes[3];
WifiConsole console(net);

uint64_t now_ms() { return port::ticks() * 1000 / port::ticks_per_second(); }

void run_network(void*) {
  for (;;) {
    const port::WifiEvent event = port::wait_for_wifi(kGlanceMs);
    const std::lock_guard lock(net.mutex());
    net.take(event, now_ms());
    net.step(now_ms());
    improv->step();
  }
}

}  // namespace

// The first step opens the radio here, where its memory is still there; the others are the task's.
Wifi::Wifi(const port::BoardFacts& facts) {
  improv.emplace(net, network::DeviceFacts{"Thimble", THIMBLE_VERSION, facts.chip != nullptr ? facts.chip : "ESP32"});
  setup_files.emplace(network::setup_page());
  all_routes[0] = &portal;
  all_routes[1] = &*setup_files;
  all_routes[2] = &setup_api;
  net.start();
  net.step(now_ms());
  port::set_console_filter(&*improv);
  const Status status = port::start_network_task(run_network, nullptr);
  if (!status.ok()) port::log_line("no Wi-Fi: ", status);
}

std::span<web::Route* const> Wifi::routes() { return all_routes; }

uint32_t Wifi::address() {
  const std::lock_guard lock(net.mutex());
  return net.report().address;
}

int8_t Wifi::signal() {
  const std::lock_guard lock(net.mutex());
  return net.report().signal;
}

bool Wifi::handle(std::string_view command, std::string_view argument) {
  if (command != "/wifi") return false;
  console.answer(argument);
  return true;
}

void Wifi::show_help() { port::print_line("/wifi  ", WifiConsole::kHelp); }

bool Wifi::report() { return console.report(); }

}  // namespace thimble::storyteller
