# cmake --install, in two components. `program`: the program, the chips that come with it, manual pages, completion of bash
# and zsh, docs, and, if EGRET_INSTALL_MODELS, the shipped networks. `development`: headers and static libraries of all
# floors as the CMake package `egret` and the pkg-config module `egret`.
include(CMakePackageConfigHelpers)
option(EGRET_INSTALL_MODELS "install the shipped networks too" ON)

if(TARGET egret)
    install(TARGETS egret RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
install(TARGETS egret_base egret_arch egret_models egret_compiler egret_sim EXPORT egret
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/egret COMPONENT development)
foreach(floor base arch models compiler sim)
    install(DIRECTORY ${floor}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/egret
            COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
endforeach()
install(DIRECTORY arch/chips/ DESTINATION ${CMAKE_INSTALL_DATADIR}/egret/chips
        COMPONENT program FILES_MATCHING PATTERN "*.yaml")
if(EGRET_INSTALL_MODELS)
    file(GLOB networks CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*/network.yaml)
    foreach(network IN LISTS networks)
        get_filename_component(network ${network} DIRECTORY)
        install(DIRECTORY ${network} DESTINATION ${CMAKE_INSTALL_DATADIR}/egret/models COMPONENT program)
    endforeach()
endif()
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# The program writes its manual pages and its completion itself, from the tables of its commands.
if(TARGET egret AND NOT CMAKE_CROSSCOMPILING)
    set(manual ${PROJECT_BINARY_DIR}/manual)
    add_custom_command(OUTPUT ${manual}/bash ${manual}/zsh
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${manual}
        COMMAND egret help --man ${manual}/man
        COMMAND egret help --completion bash > ${manual}/bash
        COMMAND egret help --completion zsh > ${manual}/zsh
        DEPENDS egret VERBATIM COMMENT "Writing manual pages and completion")
    add_custom_target(manual ALL DEPENDS ${manual}/bash ${manual}/zsh)
    install(DIRECTORY ${manual}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
    install(FILES ${manual}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME egret
            COMPONENT program)
    install(FILES ${manual}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _egret
            COMPONENT program)
endif()

# find_package(egret): targets egret::base, ::arch, ::models, ::compiler, ::sim.
set(EGRET_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/egret)
install(EXPORT egret NAMESPACE egret:: FILE egret-targets.cmake DESTINATION ${EGRET_CMAKE_DIR}
        COMPONENT development)
configure_package_config_file(cmake/egret-config.cmake.in ${PROJECT_BINARY_DIR}/egret-config.cmake
                              INSTALL_DESTINATION ${EGRET_CMAKE_DIR}
                              PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/egret-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/egret-config.cmake ${PROJECT_BINARY_DIR}/egret-config-version.cmake
        DESTINATION ${EGRET_CMAKE_DIR} COMPONENT development)

# pkg-config egret. Paths are relative to the file, so that the tree can be moved.
list(TRANSFORM SCOTCH_LIBRARIES REPLACE "^.*/lib(.*)\\.(so|a)$" "-l\\1" OUTPUT_VARIABLE SCOTCH_FLAGS)
list(JOIN SCOTCH_FLAGS " " SCOTCH_FLAGS)
file(RELATIVE_PATH EGRET_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/egret.pc.in ${PROJECT_BINARY_DIR}/egret.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/egret.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
