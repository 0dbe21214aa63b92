# What `cmake --install` puts where: headers, libraries, find_package(exocast) and pkg-config files.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(exocast_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/exocast)

# exocast_install_floor(<floor> <target>...): the floor's headers, and its targets as a component of the package.
# Each floor has a file of targets of its own, so that asking for one does not look for what another needs.
function(exocast_install_floor floor)
  install(TARGETS ${ARGN} EXPORT exocast_${floor})
  install(EXPORT exocast_${floor} NAMESPACE exocast:: DESTINATION ${exocast_package_folder})
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/exocast/${floor}
    FILES_MATCHING PATTERN "*.h" PATTERN "*_test_support.h" EXCLUDE PATTERN "testing" EXCLUDE)
  foreach(target IN LISTS ARGN)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      # pkg-config names them all; what depends on another comes before it.
      get_property(libraries GLOBAL PROPERTY EXOCAST_LIBRARIES)
      set_property(GLOBAL PROPERTY EXOCAST_LIBRARIES "-l${target} ${libraries}")
    endif()
  endforeach()
endfunction()

# exocast_install_package(): the files by which others find the floors installed above.
function(exocast_install_package)
  set(out ${PROJECT_BINARY_DIR}/package)
  write_basic_package_version_file(${out}/exocastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES
    ${PROJECT_SOURCE_DIR}/cmake/exocastConfig.cmake ${out}/exocastConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/check_compiler.cmake ${PROJECT_SOURCE_DIR}/cmake/coroutine_probe.cpp
    DESTINATION ${exocast_package_folder})

  get_property(libraries GLOBAL PROPERTY EXOCAST_LIBRARIES)
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  foreach(package exocast-gather exocast)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in ${out}/${package}.pc @ONLY)
    install(FILES ${out}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endforeach()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
