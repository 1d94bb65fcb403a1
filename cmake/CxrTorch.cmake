# torch::torch: LibTorch, either from the pinned PyPI wheel that scripts/setup.sh puts under CXR_DEPS (imported here by
# hand, since the wheel's own TorchConfig.cmake insists on a CUDA toolkit), or, where there is none, from
# find_package(Torch) and CMAKE_PREFIX_PATH (modules, Spack, a source build).
# fmt::header_only: fmt as torch ships it. Its headers win over the system's, so the system's libfmt must not be linked.

set(CXR_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Where scripts/setup.sh put the wheels")
set(CXR_TORCH_SITE "${CXR_DEPS}/site")

if(EXISTS "${CXR_TORCH_SITE}/torch/lib/libtorch_cpu.so")
  set(CXR_TORCH_LIB "${CXR_TORCH_SITE}/torch/lib")
  foreach(name c10 torch_cpu)
    add_library(torch::${name} SHARED IMPORTED GLOBAL)
    set_target_properties(torch::${name} PROPERTIES IMPORTED_LOCATION "${CXR_TORCH_LIB}/lib${name}.so")
  endforeach()
  add_library(torch::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(torch::headers SYSTEM INTERFACE
    "${CXR_TORCH_SITE}/torch/include" "${CXR_TORCH_SITE}/torch/include/torch/csrc/api/include")
  add_library(torch::torch INTERFACE IMPORTED GLOBAL)
  # libtorch_cpu itself needs libraries of the NVIDIA wheels, which its own RPATH finds; a linker looks elsewhere.
  target_link_libraries(torch::torch INTERFACE torch::headers torch::torch_cpu torch::c10 fmt::header_only)
  target_link_options(torch::torch INTERFACE -Wl,--allow-shlib-undefined)
  # CUDA kernels live in libraries that no symbol of ours names: kept by force, used only with --device cuda.
  add_library(torch::cuda INTERFACE IMPORTED GLOBAL)
  target_link_options(torch::cuda INTERFACE
    "LINKER:--push-state,--no-as-needed" "${CXR_TORCH_LIB}/libtorch_cuda.so" "${CXR_TORCH_LIB}/libc10_cuda.so" "LINKER:--pop-state")
  # OpenMP threads must come from the library that torch itself loaded, or each would bring a pool of its own.
  add_library(torch::openmp INTERFACE IMPORTED GLOBAL)
  target_compile_options(torch::openmp INTERFACE -fopenmp)
  target_link_libraries(torch::openmp INTERFACE "${CXR_TORCH_LIB}/libgomp.so.1")
  set(CXR_FMT_INCLUDE "${CXR_TORCH_SITE}/torch/include")
else()
  find_package(Torch REQUIRED)
  add_library(torch::torch INTERFACE IMPORTED GLOBAL)
  target_link_libraries(torch::torch INTERFACE ${TORCH_LIBRARIES} fmt::header_only)
  add_library(torch::cuda INTERFACE IMPORTED GLOBAL)
  find_package(OpenMP REQUIRED)
  add_library(torch::openmp ALIAS OpenMP::OpenMP_CXX)
  list(GET TORCH_INCLUDE_DIRS 0 CXR_FMT_INCLUDE)
endif()

add_library(fmt::header_only INTERFACE IMPORTED GLOBAL)
target_include_directories(fmt::header_only SYSTEM INTERFACE "${CXR_FMT_INCLUDE}")
target_compile_definitions(fmt::header_only INTERFACE FMT_HEADER_ONLY)
