# What `cmake --install` puts in place: the program with its manual page and completions, the public headers, the
# libraries of the core, and the files with which find_package(thimble) and pkg-config offer them to another project.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(THIMBLE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/thimble)

install(TARGETS thimble_core thimble_engine thimble_kernels thimble_text thimble_format thimble_base
  EXPORT thimbleTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/thimble ${PROJECT_BINARY_DIR}/include/thimble
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(EXPORT thimbleTargets NAMESPACE thimble:: DESTINATION ${THIMBLE_CONFIG_DIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/thimbleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/thimbleConfig.cmake INSTALL_DESTINATION ${THIMBLE_CONFIG_DIR})
# Below 1.0 a minor version may change the API, so a request for 0.1 is not met by 0.2.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/thimbleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/thimbleConfig.cmake ${PROJECT_BINARY_DIR}/cmake/thimbleConfigVersion.cmake
  DESTINATION ${THIMBLE_CONFIG_DIR})

# pkg-config has no notion of targets: the libraries stand in the order in which a linker needs them.
get_target_property(thimble_boxes thimble_core INTERFACE_LINK_LIBRARIES)
list(TRANSFORM thimble_boxes PREPEND -l)
list(JOIN thimble_boxes " " thimble_link_line)
file(RELATIVE_PATH thimble_prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" thimble_prefix_from_pc ${thimble_prefix_from_pc})
configure_file(${PROJECT_SOURCE_DIR}/cmake/thimble.pc.in ${PROJECT_BINARY_DIR}/cmake/thimble.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/thimble.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET thimble)
  install(TARGETS thimble RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/models/story.thm DESTINATION ${CMAKE_INSTALL_DATADIR}/thimble)
endif()
if(TARGET thimble AND NOT CMAKE_CROSSCOMPILING)
  set(share ${CMAKE_INSTALL_DATADIR})
  install(FILES ${PROJECT_BINARY_DIR}/thimble.man DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 RENAME thimble.1)
  install(FILES ${PROJECT_BINARY_DIR}/thimble.bash DESTINATION ${share}/bash-completion/completions RENAME thimble)
  install(FILES ${PROJECT_BINARY_DIR}/thimble.fish DESTINATION ${share}/fish/vendor_completions.d)
  # zsh looks in site-functions; Debian's looks elsewhere for what packages bring.
  install(CODE "set(zsh_folder site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
      set(zsh_folder vendor-completions)
    endif()")
  install(FILES ${PROJECT_BINARY_DIR}/thimble.zsh DESTINATION "${share}/zsh/\${zsh_folder}" RENAME _thimble)
endif()

# Debian wants the licence of a package as "copyright" beside its documents; other systems do not mind.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
foreach(document README.md CHANGELOG.md)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${document})
    install(FILES ${PROJECT_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DOCDIR})
  endif()
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
