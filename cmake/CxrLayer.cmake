# cxr_add_layer(NAME LINKS TARGET... SOURCES FILE... [PRIVATE_LINKS TARGET...] [NO_PCH])
#   one layer of the library: static target cxr_NAME, alias cxr::NAME. LINKS are the layers below it.
# cxr_add_test(NAME LINKS TARGET... SOURCES FILE... [LABELS LABEL...] [NO_PCH])
#   one GoogleTest binary, cxr_test_NAME, and one ctest entry of that name.
# All targets that include torch share the precompiled header of cxr_pch.

add_library(cxr_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(cxr_pch PRIVATE cxr_options torch::torch torch::openmp)
target_precompile_headers(cxr_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)

function(cxr_use_pch TARGET)
  target_link_libraries(${TARGET} PRIVATE torch::torch torch::openmp)
  target_precompile_headers(${TARGET} REUSE_FROM cxr_pch)
  # The header is compiled with -fPIC; an executable's -fPIE would not accept it.
  set_target_properties(${TARGET} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${TARGET} PRIVATE -fPIC)
endfunction()

function(cxr_add_layer NAME)
  cmake_parse_arguments(LAYER "NO_PCH" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(cxr_${NAME} STATIC ${LAYER_SOURCES})
  add_library(cxr::${NAME} ALIAS cxr_${NAME})
  set_target_properties(cxr_${NAME} PROPERTIES EXPORT_NAME ${NAME})
  target_include_directories(cxr_${NAME} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/cxr_adapt>)
  target_link_libraries(cxr_${NAME} PUBLIC cxr_options ${LAYER_LINKS} PRIVATE ${LAYER_PRIVATE_LINKS})
  if(NOT LAYER_NO_PCH)
    cxr_use_pch(cxr_${NAME})
  endif()
  install(TARGETS cxr_${NAME} EXPORT cxr_adapt)
endfunction()

function(cxr_add_test NAME)
  cmake_parse_arguments(TEST "NO_PCH" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(cxr_test_${NAME} ${TEST_SOURCES})
  target_include_directories(cxr_test_${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(cxr_test_${NAME} PRIVATE CXR_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures"
                                                      CXR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(cxr_test_${NAME} PRIVATE cxr_options ${TEST_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT TEST_NO_PCH)
    cxr_use_pch(cxr_test_${NAME})
  endif()
  add_test(NAME ${NAME} COMMAND cxr_test_${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300)
endfunction()
