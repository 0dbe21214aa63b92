# What `cmake --install` puts where: the public headers, the libraries, find_package(exocast) and pkg-config files.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(exocast_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/exocast)

# exocast_install_library(<component> <target> <header>...): a component of the package and its public headers, by their
# names in include/exocast/. Each component has a file of targets of its own, so that asking for `gather` looks for no
# package that `exocast` needs.
function(exocast_install_library component target)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/exocast/ OUTPUT_VARIABLE headers)
  target_sources(${target} INTERFACE FILE_SET public TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
    FILES ${headers})
  install(TARGETS ${target} EXPORT exocast_${component} FILE_SET public)
  install(EXPORT exocast_${component} NAMESPACE exocast:: DESTINATION ${exocast_package_folder})
endfunction()

# exocast_install_package(): the files by which others find the libraries.
function(exocast_install_package)
  set(out ${PROJECT_BINARY_DIR}/package)
  write_basic_package_version_file(${out}/exocastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES
    ${PROJECT_SOURCE_DIR}/cmake/exocastConfig.cmake ${out}/exocastConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/check_compiler.cmake ${PROJECT_SOURCE_DIR}/cmake/coroutine_probe.cpp
    DESTINATION ${exocast_package_folder})
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  foreach(package exocast-gather exocast)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in ${out}/${package}.pc @ONLY)
    install(FILES ${out}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endforeach()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
