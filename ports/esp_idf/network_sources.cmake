# The port's sources for a network, for the component and for its tests on the host: the network itself, and what a board
# on one remembers and lets be changed (ports/settings.h, ports/program.h, ports/file_writer.h).
set(thimble_esp_idf_network_sources http_connection.cpp http_head.cpp http_server.cpp socket_head.cpp network.cpp ethernet.cpp
  temperature.cpp)
set(thimble_esp_idf_update_sources settings.cpp secrets.cpp program.cpp file_writer.cpp)
list(TRANSFORM thimble_esp_idf_network_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM thimble_esp_idf_update_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
