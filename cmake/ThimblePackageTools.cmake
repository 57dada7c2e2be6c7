# Read by cpack before it packs. CMake's own words for a missing tool name no package; for dpkg-shlibdeps it has none,
# and writes a package that depends on nothing.
if(CPACK_GENERATOR STREQUAL DEB)
  find_program(THIMBLE_FILE file)
  find_program(THIMBLE_SHLIBDEPS dpkg-shlibdeps)
  if(NOT THIMBLE_FILE OR NOT THIMBLE_SHLIBDEPS)
    message(FATAL_ERROR "A Debian package needs file and dpkg-shlibdeps to find what it depends on; install them with: "
      "apt-get install file dpkg-dev")
  endif()
endif()
