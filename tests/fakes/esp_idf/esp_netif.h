#pragma once

#include <cstdint>

#include "esp_err.h"
#include "esp_event.h"

struct esp_netif_obj;
using esp_netif_t = esp_netif_obj;

// Which of its defaults an interface has; IDF's structure says it in more words.
struct esp_netif_config_t {
  const char* key;
};
#define ESP_NETIF_DEFAULT_WIFI_STA() \
  { "WIFI_STA_DEF" }
#define ESP_NETIF_DEFAULT_WIFI_AP() \
  { "WIFI_AP_DEF" }

enum esp_netif_dhcp_option_mode_t { ESP_NETIF_OP_SET = 1, ESP_NETIF_OP_GET };
enum esp_netif_dhcp_option_id_t { ESP_NETIF_DOMAIN_NAME_SERVER = 6, ESP_NETIF_CAPTIVEPORTAL_URI = 114 };

struct esp_ip4_addr_t {
  uint32_t addr;  // in the order of the network
};
struct esp_netif_ip_info_t {
  esp_ip4_addr_t ip;
  esp_ip4_addr_t netmask;
  esp_ip4_addr_t gw;
};
struct ip_event_got_ip_t {
  esp_netif_t* esp_netif;
  esp_netif_ip_info_t ip_info;
  bool ip_changed;
};
extern const esp_event_base_t IP_EVENT;
enum ip_event_t { IP_EVENT_STA_GOT_IP, IP_EVENT_STA_LOST_IP };

esp_err_t esp_netif_init();
esp_netif_t* esp_netif_new(const esp_netif_config_t* config);
esp_err_t esp_netif_dhcps_option(esp_netif_t* netif, esp_netif_dhcp_option_mode_t mode, esp_netif_dhcp_option_id_t id,
                                 void* value, uint32_t length);
