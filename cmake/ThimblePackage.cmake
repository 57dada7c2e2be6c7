# `cpack` in a build folder makes a Debian package of what ThimbleInstall.cmake installs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME thimble)
set(CPACK_PACKAGE_VENDOR "The Thimble authors")
set(CPACK_PACKAGE_CONTACT "The Thimble authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Llama-family language models on microcontrollers and desktops")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/ThimblePackageTools.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The first line of the field is the summary above; the rest is shown by `apt show`.
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "The program thimble tells stories from small Llama models and converts their
files to .thm, the form that a chip reads in place. The C++20 library beside
it (headers, static libraries, CMake package) neither allocates nor prints, and
computes the same logits, bit for bit, on every machine.")

include(CPack)
