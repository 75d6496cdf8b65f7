# cmake --install: the program, the chips that come with it, headers and static libraries of all floors as
# the CMake package `egret` and the pkg-config module `egret`, and, if EGRET_INSTALL_MODELS, the shipped networks.
include(CMakePackageConfigHelpers)
option(EGRET_INSTALL_MODELS "install the shipped networks too" ON)

if(TARGET egret)
    install(TARGETS egret RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS egret_base egret_arch egret_models egret_compiler egret_sim EXPORT egret
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/egret)
foreach(floor base arch models compiler sim)
    install(DIRECTORY ${floor}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/egret
            FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
endforeach()
install(DIRECTORY arch/chips/ DESTINATION ${CMAKE_INSTALL_DATADIR}/egret/chips
        FILES_MATCHING PATTERN "*.yaml")
if(EGRET_INSTALL_MODELS)
    file(GLOB networks CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*/network.yaml)
    foreach(network IN LISTS networks)
        get_filename_component(network ${network} DIRECTORY)
        install(DIRECTORY ${network} DESTINATION ${CMAKE_INSTALL_DATADIR}/egret/models)
    endforeach()
endif()
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# find_package(egret): targets egret::base, ::arch, ::models, ::compiler, ::sim.
set(EGRET_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/egret)
install(EXPORT egret NAMESPACE egret:: FILE egret-targets.cmake DESTINATION ${EGRET_CMAKE_DIR})
configure_package_config_file(cmake/egret-config.cmake.in ${PROJECT_BINARY_DIR}/egret-config.cmake
                              INSTALL_DESTINATION ${EGRET_CMAKE_DIR}
                              PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/egret-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/egret-config.cmake ${PROJECT_BINARY_DIR}/egret-config-version.cmake
        DESTINATION ${EGRET_CMAKE_DIR})

# pkg-config egret. Paths are relative to the file, so that the tree can be moved.
list(TRANSFORM SCOTCH_LIBRARIES REPLACE "^.*/lib(.*)\\.(so|a)$" "-l\\1" OUTPUT_VARIABLE SCOTCH_FLAGS)
list(JOIN SCOTCH_FLAGS " " SCOTCH_FLAGS)
file(RELATIVE_PATH EGRET_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/egret.pc.in ${PROJECT_BINARY_DIR}/egret.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/egret.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
