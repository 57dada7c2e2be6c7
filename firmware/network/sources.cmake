# The sources of firmware/network, for the storyteller's component and for tests on the host.
set(thimble_network_sources credentials.cpp dns.cpp improv.cpp improv_reader.cpp network.cpp)
list(TRANSFORM thimble_network_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
