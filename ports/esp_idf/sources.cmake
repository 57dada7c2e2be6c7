# The port's sources, for the component and for its tests on the host. start.cpp is not among them: it is the program's
# entry, and not every program wants it.
set(thimble_esp_idf_sources board.cpp button.cpp card_bus.cpp card_file.cpp card_task.cpp card_volume.cpp clock.cpp
  console.cpp flash.cpp folder.cpp input.cpp keys.cpp line_editor.cpp memory.cpp storage.cpp watchdog.cpp workers.cpp ../line.cpp)
list(TRANSFORM thimble_esp_idf_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
