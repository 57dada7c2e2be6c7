// The sensor inside of the chip.

#include "driver/temperature_sensor.h"
#include "fakes.h"

struct temperature_sensor_obj_t {
  bool installed = false;
  bool enabled = false;
  int least = 0;
  int most = 0;
};

namespace {

temperature_sensor_obj_t the_sensor;

// Of the drivers' table: pairs of -40 to 125 that one setting of the sensor covers.
bool is_a_range(int least, int most) {
  constexpr struct { int least, most; } kRanges[] = {{50, 125}, {20, 100}, {-10, 80}, {-30, 50}, {-40, 20}};
  for (const auto& range : kRanges) {
    if (least >= range.least && most <= range.most && least < most) return true;
  }
  return false;
}

}  // namespace

esp_err_t temperature_sensor_install(const temperature_sensor_config_t* config, temperature_sensor_handle_t* sensor) {
  fakes::expect_task("temperature_sensor_install");
  fakes::expect(config != nullptr && sensor != nullptr, "temperature_sensor_install", "null");
  if (the_sensor.installed) return ESP_ERR_INVALID_STATE;
  if (!is_a_range(config->range_min, config->range_max)) return ESP_ERR_INVALID_ARG;
  if (fakes::chip().sensor == fakes::Sensor::kNoMemory) return ESP_ERR_NO_MEM;
  the_sensor = {true, false, config->range_min, config->range_max};
  *sensor = &the_sensor;
  return ESP_OK;
}

esp_err_t temperature_sensor_uninstall(temperature_sensor_handle_t sensor) {
  if (sensor == nullptr) return ESP_ERR_INVALID_ARG;
  if (!sensor->installed || sensor->enabled) return ESP_ERR_INVALID_STATE;
  *sensor = {};
  return ESP_OK;
}

esp_err_t temperature_sensor_enable(temperature_sensor_handle_t sensor) {
  if (sensor == nullptr) return ESP_ERR_INVALID_ARG;
  if (!sensor->installed || sensor->enabled) return ESP_ERR_INVALID_STATE;
  if (fakes::chip().sensor == fakes::Sensor::kRefuses) return ESP_ERR_INVALID_STATE;
  sensor->enabled = true;
  return ESP_OK;
}

// Out of its range it fails, with the value that it has.
esp_err_t temperature_sensor_get_celsius(temperature_sensor_handle_t sensor, float* celsius) {
  fakes::expect_task("temperature_sensor_get_celsius");
  if (sensor == nullptr || celsius == nullptr) return ESP_ERR_INVALID_ARG;
  if (!sensor->enabled) return ESP_ERR_INVALID_STATE;
  *celsius = fakes::chip().celsius;
  return *celsius >= static_cast<float>(sensor->least) && *celsius <= static_cast<float>(sensor->most) ? ESP_OK
                                                                                                       : ESP_FAIL;
}
