# The port's sources for a network, for the component and for its tests on the host.
set(thimble_esp_idf_network_sources http_connection.cpp http_head.cpp http_server.cpp network.cpp ethernet.cpp)
list(TRANSFORM thimble_esp_idf_network_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
