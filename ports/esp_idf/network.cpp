#include "ports/esp_idf/network.h"

#include "esp_event.h"
#include "esp_netif.h"

namespace thimble::esp_idf {

Status start_network() {
  const bool has_stack = esp_netif_init() == ESP_OK;
  const esp_err_t loop = esp_event_loop_create_default();
  const bool has_loop = loop == ESP_OK || loop == ESP_ERR_INVALID_STATE;  // the latter: there is one
  return has_stack && has_loop ? Status() : Status::error(Code::kOutOfMemory, "network");
}

}  // namespace thimble::esp_idf
