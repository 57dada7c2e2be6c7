# The port's sources for a radio, for the component and for its tests on the host.
set(thimble_esp_idf_wifi_sources announce.cpp name_server.cpp wifi.cpp wifi_events.cpp)
list(TRANSFORM thimble_esp_idf_wifi_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
