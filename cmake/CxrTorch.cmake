# torch::torch: LibTorch, either from the pinned PyPI wheel that scripts/setup.sh puts under CXR_DEPS (imported here by
# hand, since the wheel's own TorchConfig.cmake insists on a CUDA toolkit), or, where there is none, from
# find_package(Torch) and CMAKE_PREFIX_PATH (modules, Spack, a source build).
# Its CUDA half is not linked: the program loads it for --device cuda. torch::openmp: `#pragma omp` with torch's own threads.
# torch::fmt: fmt's headers as torch ships them. They win over the system's, so the system's libfmt must not be linked.
# The installed package includes this file too.

set(CXR_DEPS "" CACHE PATH "Where scripts/setup.sh put the wheels (empty: .deps beside the sources)")
if(CXR_DEPS)
  get_filename_component(CXR_TORCH_SITE "${CXR_DEPS}/site" ABSOLUTE BASE_DIR "${PROJECT_SOURCE_DIR}")
else()
  set(CXR_TORCH_SITE "${PROJECT_SOURCE_DIR}/.deps/site")
endif()

if(EXISTS "${CXR_TORCH_SITE}/torch/lib/libtorch_cpu.so")
  set(CXR_TORCH_LIB "${CXR_TORCH_SITE}/torch/lib")
  set(CXR_TORCH_INCLUDE "${CXR_TORCH_SITE}/torch/include" "${CXR_TORCH_SITE}/torch/include/torch/csrc/api/include")
  set(CXR_TORCH_CUDA_FOUND OFF)
  if(EXISTS "${CXR_TORCH_LIB}/libtorch_cuda.so")
    set(CXR_TORCH_CUDA_FOUND ON)
  endif()
  foreach(name c10 torch_cpu)
    add_library(torch::${name} SHARED IMPORTED GLOBAL)
    set_target_properties(torch::${name} PROPERTIES IMPORTED_LOCATION "${CXR_TORCH_LIB}/lib${name}.so")
  endforeach()
  add_library(torch::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(torch::headers SYSTEM INTERFACE ${CXR_TORCH_INCLUDE})
  add_library(torch::torch INTERFACE IMPORTED GLOBAL)
  # libtorch_cpu itself needs libraries of the NVIDIA wheels, which its own RPATH finds; a linker looks elsewhere.
  target_link_libraries(torch::torch INTERFACE torch::headers torch::torch_cpu torch::c10)
  target_link_options(torch::torch INTERFACE -Wl,--allow-shlib-undefined)
  # OpenMP threads must come from the library that torch itself loaded, or each would bring a pool of its own.
  add_library(torch::openmp INTERFACE IMPORTED GLOBAL)
  target_compile_options(torch::openmp INTERFACE -fopenmp)
  target_link_libraries(torch::openmp INTERFACE "${CXR_TORCH_LIB}/libgomp.so.1")
else()
  if(NOT TORCH_CUDA_ARCH_LIST)
    set(TORCH_CUDA_ARCH_LIST 8.0 9.0) # without it, TorchConfig.cmake compiles a program that asks the GPU
  endif()
  find_package(Torch REQUIRED)
  set(CXR_TORCH_INCLUDE ${TORCH_INCLUDE_DIRS})
  set(CXR_TORCH_CUDA_FOUND OFF)
  if(TORCH_CUDA_LIBRARIES)
    set(CXR_TORCH_CUDA_FOUND ON)
  endif()
  add_library(torch::torch INTERFACE IMPORTED GLOBAL)
  target_link_libraries(torch::torch INTERFACE ${TORCH_LIBRARIES})
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  add_library(torch::openmp INTERFACE IMPORTED GLOBAL)
  target_link_libraries(torch::openmp INTERFACE OpenMP::OpenMP_CXX)
endif()

option(CXR_CUDA "Insist on a LibTorch with CUDA" OFF)
if(CXR_CUDA AND NOT CXR_TORCH_CUDA_FOUND)
  message(FATAL_ERROR "CXR_CUDA is on, but this LibTorch was built without CUDA")
endif()

add_library(torch::fmt INTERFACE IMPORTED GLOBAL)
find_path(CXR_FMT_INCLUDE fmt/format.h HINTS ${CXR_TORCH_INCLUDE} REQUIRED)
target_include_directories(torch::fmt SYSTEM INTERFACE "${CXR_FMT_INCLUDE}")
