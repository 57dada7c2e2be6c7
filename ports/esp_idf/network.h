// What every kind of network needs of ESP-IDF once.
#pragma once

#include "thimble/status.h"

namespace thimble::esp_idf {

// The TCP/IP task and the event loop. May be called again. Errors: kOutOfMemory (subject "network").
Status start_network();

}  // namespace thimble::esp_idf
