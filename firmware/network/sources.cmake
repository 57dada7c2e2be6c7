# The sources of firmware/network, for the storyteller's component and for tests on the host. Those of the set-up page need
# the service.
set(thimble_network_sources credentials.cpp dns.cpp improv.cpp improv_reader.cpp network.cpp
  settings_store.cpp)
set(thimble_setup_sources portal.cpp setup_api.cpp)
list(TRANSFORM thimble_network_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM thimble_setup_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
