#include "sdkconfig.h"

#if CONFIG_THIMBLE_CARD_USED

#include "esp_vfs_fat.h"
#include "ports/esp_idf/card_bus.h"

#if CONFIG_THIMBLE_CARD_SPI
#include "driver/sdspi_host.h"
#include "driver/spi_common.h"
#else
#include "driver/sdmmc_host.h"
#endif
#if CONFIG_THIMBLE_CARD_P4_FUNCTION_EV
#include "sd_pwr_ctrl_by_on_chip_ldo.h"
#endif

namespace thimble::esp_idf {
namespace {

// A command that the card does not answer for so long has failed: the end of a stall. (IDF's own default.)
constexpr int kCommandMilliseconds = 1000;

esp_vfs_fat_mount_config_t mount_config() {
  esp_vfs_fat_mount_config_t config = {};  // not to be formatted
  config.max_files = 1;                    // by open(); those of the port are none of them
  return config;
}

#if CONFIG_THIMBLE_CARD_SPI

constexpr auto kHost = SDSPI_DEFAULT_HOST;

esp_err_t start_bus() {
  spi_bus_config_t bus = {};
  bus.sclk_io_num = CONFIG_THIMBLE_CARD_CLK;
  bus.mosi_io_num = CONFIG_THIMBLE_CARD_CMD;
  bus.miso_io_num = CONFIG_THIMBLE_CARD_D0;
  bus.quadwp_io_num = GPIO_NUM_NC;
  bus.quadhd_io_num = GPIO_NUM_NC;
  return spi_bus_initialize(kHost, &bus, SDSPI_DEFAULT_DMA);
}

#else

sdmmc_slot_config_t slot_config() {
  sdmmc_slot_config_t slot = SDMMC_SLOT_CONFIG_DEFAULT();
  slot.width = CONFIG_THIMBLE_CARD_LINES;
  slot.flags |= SDMMC_SLOT_FLAG_INTERNAL_PULLUP;  // weak ones; slots have their own
#if !CONFIG_IDF_TARGET_ESP32
  slot.clk = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_CLK);
  slot.cmd = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_CMD);
  slot.d0 = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_D0);
#if CONFIG_THIMBLE_CARD_LINES == 4
  slot.d1 = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_D1);
  slot.d2 = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_D2);
  slot.d3 = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_D3);
#endif
#endif
  return slot;
}

// The lines of that board's slot are fed by a regulator of the chip. It stays on.
esp_err_t add_power([[maybe_unused]] sdmmc_host_t* host) {
#if CONFIG_THIMBLE_CARD_P4_FUNCTION_EV
  static sd_pwr_ctrl_handle_t power = nullptr;
  const sd_pwr_ctrl_ldo_config_t config = {.ldo_chan_id = 4};
  if (power == nullptr) {
    const esp_err_t error = sd_pwr_ctrl_new_on_chip_ldo(&config, &power);
    if (error != ESP_OK) return error;
  }
  host->slot = SDMMC_HOST_SLOT_0;
  host->pwr_ctrl_handle = power;
#endif
  return ESP_OK;
}

#endif

}  // namespace

#if CONFIG_THIMBLE_CARD_SPI

esp_err_t connect_card(sdmmc_card_t** card) {
  const esp_err_t error = start_bus();
  if (error != ESP_OK) return error;
  sdmmc_host_t host = SDSPI_HOST_DEFAULT();
  host.max_freq_khz = CONFIG_THIMBLE_CARD_KHZ;
  host.command_timeout_ms = kCommandMilliseconds;
  sdspi_device_config_t device = SDSPI_DEVICE_CONFIG_DEFAULT();
  device.host_id = kHost;
  device.gpio_cs = static_cast<gpio_num_t>(CONFIG_THIMBLE_CARD_D3);
  const esp_vfs_fat_mount_config_t config = mount_config();
  const esp_err_t mounted = esp_vfs_fat_sdspi_mount(kCardFolder, &host, &device, &config, card);
  if (mounted != ESP_OK) (void)spi_bus_free(kHost);
  return mounted;
}

void disconnect_card(sdmmc_card_t* card) {
  (void)esp_vfs_fat_sdcard_unmount(kCardFolder, card);
  (void)spi_bus_free(kHost);
}

#else

esp_err_t connect_card(sdmmc_card_t** card) {
  sdmmc_host_t host = SDMMC_HOST_DEFAULT();
  host.max_freq_khz = CONFIG_THIMBLE_CARD_KHZ;
  host.command_timeout_ms = kCommandMilliseconds;
  const esp_err_t error = add_power(&host);
  if (error != ESP_OK) return error;
  const sdmmc_slot_config_t slot = slot_config();
  const esp_vfs_fat_mount_config_t config = mount_config();
  return esp_vfs_fat_sdmmc_mount(kCardFolder, &host, &slot, &config, card);
}

void disconnect_card(sdmmc_card_t* card) { (void)esp_vfs_fat_sdcard_unmount(kCardFolder, card); }

#endif

}  // namespace thimble::esp_idf

#endif
