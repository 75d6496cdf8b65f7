# cmake --install: the program, the chips that come with it, headers and static libraries of all floors,
# and, if EGRET_INSTALL_MODELS, the shipped networks.
include(GNUInstallDirs)
option(EGRET_INSTALL_MODELS "install the shipped networks too" ON)

if(TARGET egret)
    install(TARGETS egret RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS egret_base egret_arch egret_models egret_compiler egret_sim
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/egret)
foreach(floor base arch models compiler sim)
    install(DIRECTORY ${floor}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/egret
            FILES_MATCHING PATTERN "*.h")
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
