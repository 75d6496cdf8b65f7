# Libraries from the system's packages; scripts/setup.sh installs them.
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3) # databases of sweeps: the program only
if(EGRET_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
endif()
if(EGRET_BENCHES)
    find_package(benchmark QUIET)
endif()

# METIS: start of the split `cluster`. No CMake or pkg-config file comes with the package.
find_path(METIS_INCLUDE metis.h REQUIRED)
find_library(METIS_LIBRARY metis REQUIRED)

# Optional: placement strategy `scotch`. No CMake or pkg-config file comes with the package.
option(EGRET_SCOTCH "use the library Scotch if it is there" ON)
set(SCOTCH_FOUND FALSE)
set(SCOTCH_LIBRARIES)
if(EGRET_SCOTCH)
    find_path(SCOTCH_INCLUDE scotch/scotch.h)
    find_library(SCOTCH_LIBRARY scotch)
    find_library(SCOTCH_ERROR_LIBRARY scotcherr)
    if(SCOTCH_INCLUDE AND SCOTCH_LIBRARY AND SCOTCH_ERROR_LIBRARY)
        set(SCOTCH_FOUND TRUE)
        set(SCOTCH_LIBRARIES ${SCOTCH_LIBRARY} ${SCOTCH_ERROR_LIBRARY})
    endif()
endif()

# Optional: sweeps over the ranks of mpirun. AUTO: where Open MPI for C is found by pkg-config.
set(EGRET_MPI AUTO CACHE STRING "sweeps under mpirun (Open MPI): AUTO, ON, OFF")
set_property(CACHE EGRET_MPI PROPERTY STRINGS AUTO ON OFF)
set(MPI_FOUND FALSE)
if(EGRET_MPI STREQUAL "AUTO")
    pkg_check_modules(MPI QUIET IMPORTED_TARGET ompi-c)
elseif(EGRET_MPI)
    pkg_check_modules(MPI REQUIRED IMPORTED_TARGET ompi-c)
endif()
