// Ethernet by esp_eth: the chip's own MAC with any PHY of the standard, or the one that emulators have.

#include "ports/ethernet.h"

#include <atomic>

#include "esp_eth.h"
#include "esp_eth_mac_esp.h"
#include "esp_eth_mac_openeth.h"
#include "esp_event.h"
#include "esp_idf_version.h"
#include "esp_netif.h"
#include "ports/esp_idf/network.h"
#include "sdkconfig.h"

namespace thimble::port {
namespace {

std::atomic<uint32_t> address = 0;

#if CONFIG_THIMBLE_ETHERNET_USED

#if CONFIG_THIMBLE_ETHERNET_OPENETH
esp_eth_mac_t* make_mac() {
  eth_mac_config_t config = ETH_MAC_DEFAULT_CONFIG();
  return esp_eth_mac_new_openeth(&config);
}
constexpr int kPhyAddress = 1;
constexpr int kPhyReset = -1;
constexpr uint32_t kNegotiationMs = 100;  // which it does not do
#if ESP_IDF_VERSION_MAJOR < 6  // whose esp_eth has the drivers of PHYs, and builds this one alone for an emulated MAC
constexpr auto* kNewPhy = esp_eth_phy_new_dp83848;
#else
constexpr auto* kNewPhy = esp_eth_phy_new_generic;
#endif
#else
esp_eth_mac_t* make_mac() {
  eth_mac_config_t config = ETH_MAC_DEFAULT_CONFIG();
  eth_esp32_emac_config_t chip = ETH_ESP32_EMAC_DEFAULT_CONFIG();
  chip.smi_gpio.mdc_num = CONFIG_THIMBLE_ETHERNET_MDC;
  chip.smi_gpio.mdio_num = CONFIG_THIMBLE_ETHERNET_MDIO;
  return esp_eth_mac_new_esp32(&chip, &config);
}
constexpr int kPhyAddress = CONFIG_THIMBLE_ETHERNET_PHY;
constexpr int kPhyReset = CONFIG_THIMBLE_ETHERNET_RESET;
constexpr uint32_t kNegotiationMs = 4000;
constexpr auto* kNewPhy = esp_eth_phy_new_generic;
#endif

esp_eth_phy_t* make_phy() {
  eth_phy_config_t config = ETH_PHY_DEFAULT_CONFIG();
  config.phy_addr = kPhyAddress;
  config.reset_gpio_num = kPhyReset;
  config.autonego_timeout_ms = kNegotiationMs;
  return kNewPhy(&config);
}

// What was made stays, also where a later step fails: the program goes on without a network, and does not try again.
bool start_driver(esp_netif_t* netif) {
  esp_eth_mac_t* const mac = make_mac();
  esp_eth_phy_t* const phy = make_phy();
  if (mac == nullptr || phy == nullptr) return false;
  const esp_eth_config_t config = ETH_DEFAULT_CONFIG(mac, phy);
  esp_eth_handle_t driver = nullptr;
  if (esp_eth_driver_install(&config, &driver) != ESP_OK) return false;
  return esp_netif_attach(netif, esp_eth_new_netif_glue(driver)) == ESP_OK && esp_eth_start(driver) == ESP_OK;
}

void on_address(void*, esp_event_base_t, int32_t id, void* data) {
  const auto* const got = static_cast<const ip_event_got_ip_t*>(data);
  address = id == IP_EVENT_ETH_GOT_IP ? esp_netif_htonl(got->ip_info.ip.addr) : 0;
}

#endif

}  // namespace

#if CONFIG_THIMBLE_ETHERNET_USED

Status start_ethernet() {
  THIMBLE_RETURN_IF_ERROR(esp_idf::start_network());
  const esp_netif_config_t config = ESP_NETIF_DEFAULT_ETH();
  esp_netif_t* const netif = esp_netif_new(&config);
  if (netif == nullptr || esp_event_handler_register(IP_EVENT, IP_EVENT_ETH_GOT_IP, on_address, nullptr) != ESP_OK ||
      esp_event_handler_register(IP_EVENT, IP_EVENT_ETH_LOST_IP, on_address, nullptr) != ESP_OK) {
    return Status::error(Code::kOutOfMemory, "ethernet");
  }
  return start_driver(netif) ? Status() : Status::error(Code::kReadFailed, "ethernet");
}

#else

Status start_ethernet() { return Status::error(Code::kUnsupported, "ethernet"); }

#endif

uint32_t ethernet_address() { return address; }

}  // namespace thimble::port
