# Targets for developers: format format-check lint check golden-update docs-update bench coverage. Their tools are
# in `scripts/setup.sh lint`.
find_package(Python3 COMPONENTS Interpreter QUIET)

# egret_target(NAME COMMENT words... COMMAND...): a target that runs in the source folder and shows its output.
function(egret_target name comment)
    add_custom_target(${name} ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM
                      COMMENT ${comment})
endfunction()

egret_target(format "Format all C and C++ sources" COMMAND scripts/format.sh)
egret_target(format-check "Check the format of all C and C++ sources" COMMAND scripts/format.sh --check)

egret_target(lint "Lint: clang-tidy, cppcheck, shellcheck, metrics"
             COMMAND scripts/lint.sh ${PROJECT_BINARY_DIR})

if(EGRET_TESTS)
    egret_target(check "Build and run all tests"
                 COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR}
                 COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${PROJECT_BINARY_DIR} --output-on-failure
                         --progress --no-tests=error)
endif()

if(Python3_FOUND AND TARGET egret)
    egret_target(golden-update "Record golden outputs and benches/results.csv anew: review the diff"
                 COMMAND ${Python3_EXECUTABLE} scripts/golden.py update $<TARGET_FILE:egret>
                 COMMAND ${Python3_EXECUTABLE} scripts/bench.py update $<TARGET_FILE:egret>)
    egret_target(docs-update "Write down what the commands of the docs print: review the diff"
                 COMMAND ${Python3_EXECUTABLE} scripts/doc_blocks.py update $<TARGET_FILE:egret>)
    add_dependencies(golden-update egret)
    add_dependencies(docs-update egret)
endif()

if(TARGET speed)
    egret_target(bench "Measure speed and memory against the reference run" COMMAND speed)
    add_dependencies(bench speed)
endif()

if(EGRET_COVERAGE)
    egret_target(coverage "Run all tests and report covered lines and branches of the C and C++ sources"
                 COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR}
                 COMMAND scripts/coverage.sh ${PROJECT_BINARY_DIR})
endif()
