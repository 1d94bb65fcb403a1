# arrow::parquet: Apache Arrow's Parquet reader, either from the pinned PyPI wheel that scripts/setup.sh puts beside LibTorch's
# (pyarrow carries the C++ headers and libraries, but no CMake configuration and only versioned names), or, where there is
# none, from find_package(Parquet) and CMAKE_PREFIX_PATH. The installed package includes this file too.

file(GLOB CXR_ARROW_WHEEL "${CXR_TORCH_SITE}/pyarrow/libarrow.so.*[0-9]" "${CXR_TORCH_SITE}/pyarrow/libparquet.so.*[0-9]")
add_library(arrow::parquet INTERFACE IMPORTED GLOBAL)
if(CXR_ARROW_WHEEL)
  foreach(library ${CXR_ARROW_WHEEL})
    string(REGEX REPLACE "^.*/lib([a-z]+)\\.so.*$" "\\1" name "${library}")
    add_library(arrow::wheel_${name} SHARED IMPORTED GLOBAL)
    set_target_properties(arrow::wheel_${name} PROPERTIES IMPORTED_LOCATION "${library}")
    target_link_libraries(arrow::parquet INTERFACE arrow::wheel_${name})
  endforeach()
  target_include_directories(arrow::parquet SYSTEM INTERFACE "${CXR_TORCH_SITE}/pyarrow/include")
else()
  find_package(Arrow REQUIRED)
  find_package(Parquet REQUIRED)
  target_link_libraries(arrow::parquet INTERFACE Parquet::parquet_shared Arrow::arrow_shared)
endif()
