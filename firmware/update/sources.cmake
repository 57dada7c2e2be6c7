# Models and programs that come over the network, and who may bring them: for firmware/storyteller and for tests.
set(thimble_update_sources update/model_upload update/partition_store update/card_store
  update/program_update update/selected_model update/answers update/model_routes update/program_route access/password
  access/permission)
list(TRANSFORM thimble_update_sources REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/../\\1.cpp")
