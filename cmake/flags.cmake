# Flags for all of our own code, carried by the interface target egret_flags.
add_library(egret_flags INTERFACE)
target_compile_options(egret_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wundef -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
    -ffp-contract=off -fno-fast-math) # the same bits from every compiler
if(EGRET_WERROR)
    target_compile_options(egret_flags INTERFACE -Werror)
endif()
if(EGRET_SANITIZE)
    target_compile_options(egret_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(egret_flags INTERFACE -fsanitize=address,undefined)
endif()
if(EGRET_COVERAGE)
    target_compile_options(egret_flags INTERFACE --coverage -O0)
    target_link_options(egret_flags INTERFACE --coverage)
endif()

# egret_floor(NAME SOURCES... DEPENDS targets...): one floor of the house as a static library. A floor
# sees its own include folder and those of the floors it depends on, and no others. Installed it is
# egret::NAME of the CMake package `egret`, with the same rule.
function(egret_floor name)
    cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
    add_library(egret_${name} STATIC ${FLOOR_SOURCES})
    set_target_properties(egret_${name} PROPERTIES EXPORT_NAME ${name})
    target_include_directories(egret_${name}
        PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
               $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/egret>
        PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(egret_${name} PUBLIC ${FLOOR_DEPENDS}
                          PRIVATE $<BUILD_INTERFACE:egret_flags> ${FLOOR_PRIVATE_DEPENDS})
endfunction()
