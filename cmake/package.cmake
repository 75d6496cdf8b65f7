# cpack -G DEB: `egret`, the component `program` with what its libraries need (dpkg-shlibdeps), and `libegret-dev`, the
# component `development`. Both are made as `cmake --install` makes them, below /usr; package_files.cmake then
# moves and packs what Debian has elsewhere.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME egret)
set(CPACK_PACKAGE_VENDOR "the Egret maintainers")
set(CPACK_PACKAGE_CONTACT "the Egret maintainers <maintainers@egret.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "cost of sparse recurrent networks on many-core chips")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_IGNORE_GROUPS ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/package_files.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME egret)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"Egret compiles a trained sparse recurrent network onto a chip description
(such as SpiNNaker2), simulates its event traffic cycle-approximately, and
reports latency, energy with an interval, and the MACs of every core.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libegret-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "egret (= ${PROJECT_VERSION}), libyaml-dev, libjansson-dev, libsystemc-dev, libmetis-dev, libscotch-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"Headers and static libraries of Egret, its CMake package and its pkg-config
module: for programs that compile and simulate themselves, and for SystemC
models in the place of parts of the simulated chip.")
include(CPack)
