# Libraries of the distribution. Each is used by the one layer that names it. The installed package includes this file too.

find_package(Threads REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
# mpi.h also declares MPI-2's C++ classes, which few installations still ship a library for.
target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(Boost 1.74 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(tomlplusplus 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(DCMTK REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)

# Debian ships OpenCV's CMake files in a package that pulls in all of OpenCV; two of its libraries are enough.
find_package(OpenCV 4 QUIET COMPONENTS core imgproc)
if(NOT OpenCV_FOUND)
  find_path(OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(name core imgproc)
    find_library(OPENCV_${name} opencv_${name} REQUIRED)
    add_library(opencv_${name} SHARED IMPORTED GLOBAL)
    set_target_properties(opencv_${name} PROPERTIES
      IMPORTED_LOCATION "${OPENCV_${name}}" INTERFACE_INCLUDE_DIRECTORIES "${OPENCV_INCLUDE}")
  endforeach()
endif()
