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
# sees its own include folder and those of the floors it depends on, and no others.
function(egret_floor name)
    cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
    add_library(egret_${name} STATIC ${FLOOR_SOURCES})
    target_include_directories(egret_${name}
        PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(egret_${name} PUBLIC ${FLOOR_DEPENDS}
                          PRIVATE egret_flags ${FLOOR_PRIVATE_DEPENDS})
endfunction()
