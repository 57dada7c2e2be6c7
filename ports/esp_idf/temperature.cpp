// The sensor inside of the chip. An ESP32 has none that Espressif supports.

#include "ports/temperature.h"

#include <cmath>

#include "sdkconfig.h"

#if CONFIG_THIMBLE_TEMPERATURE
#include "driver/temperature_sensor.h"
#endif

namespace thimble::port {

#if CONFIG_THIMBLE_TEMPERATURE

namespace {

// The range with the smallest error, one degree, of the sensor's five.
constexpr int kLeastCelsius = -10;
constexpr int kMostCelsius = 80;

// Switched on when it is first asked for, and left so; null: the driver refused.
temperature_sensor_handle_t make_sensor() {
  const temperature_sensor_config_t config = TEMPERATURE_SENSOR_CONFIG_DEFAULT(kLeastCelsius, kMostCelsius);
  temperature_sensor_handle_t sensor = nullptr;
  if (temperature_sensor_install(&config, &sensor) != ESP_OK) return nullptr;
  if (temperature_sensor_enable(sensor) == ESP_OK) return sensor;
  (void)temperature_sensor_uninstall(sensor);
  return nullptr;
}

}  // namespace

std::optional<int32_t> chip_temperature() {
  static const temperature_sensor_handle_t sensor = make_sensor();
  float celsius = 0;
  if (sensor == nullptr || temperature_sensor_get_celsius(sensor, &celsius) != ESP_OK) return std::nullopt;
  return static_cast<int32_t>(std::lround(celsius));
}

#else

std::optional<int32_t> chip_temperature() { return std::nullopt; }

#endif

}  // namespace thimble::port
