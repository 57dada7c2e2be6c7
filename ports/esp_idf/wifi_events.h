// What happens to the radio, from IDF's event task to the network's: a queue between the two.
#pragma once

#include <cstdint>

#include "ports/wifi.h"

namespace thimble::esp_idf {

// Registers for the events of Wi-Fi and of addresses, once; IDF's default event loop is there. False: no memory.
bool watch_wifi_events();

// What happened so far is of no interest any more: another network is to be joined, or another scan is under way.
void forget_wifi_events();

// The next event, after at most `milliseconds`. False: none.
bool next_wifi_event(uint32_t milliseconds, port::WifiEvent* event);

}  // namespace thimble::esp_idf
