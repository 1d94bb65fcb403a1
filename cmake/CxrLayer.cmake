# cxr_add_layer(NAME LINKS TARGET... SOURCES FILE... [PRIVATE_LINKS TARGET...] [NO_PCH])
#   one layer of the library: static target cxr_NAME, alias cxr::NAME. LINKS are the layers below it.
# cxr_add_test(NAME LINKS TARGET... SOURCES FILE... [LABELS LABEL...] [NO_PCH])
#   one GoogleTest binary, cxr_test_NAME, and one ctest entry of that name.
# Targets that include torch share the precompiled header of cxr_pch, tests that of cxr_test_pch (with GoogleTest).

add_library(cxr_fmt STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt.cpp)
add_library(cxr::fmt ALIAS cxr_fmt)
set_target_properties(cxr_fmt PROPERTIES EXPORT_NAME fmt)
target_link_libraries(cxr_fmt PUBLIC torch::fmt PRIVATE cxr_options)
install(TARGETS cxr_fmt EXPORT cxr_adapt)

function(cxr_add_pch NAME)
  cmake_parse_arguments(PCH "" "" "HEADER;LINKS;OPTIONS" ${ARGN})
  string(REPLACE ".h" ".cpp" source ${PCH_HEADER})
  add_library(${NAME} STATIC ${CMAKE_SOURCE_DIR}/cmake/${source})
  target_link_libraries(${NAME} PRIVATE cxr_options torch::torch torch::openmp cxr::fmt ${PCH_LINKS})
  target_compile_options(${NAME} PRIVATE ${PCH_OPTIONS})
  target_precompile_headers(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${PCH_HEADER})
endfunction()

cxr_add_pch(cxr_pch HEADER pch.h)
# A test runs its own code once, and what only calls the loops of others spends no time of its own: compiling them fast counts for
# more (a third of their compile time).
set(CXR_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)
set(CXR_CALLER_OPTIONS ${CXR_TEST_OPTIONS})
# Hand-written loops over tensors, which the compiler vectorises.
set(CXR_LOOP_OPTIONS -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math)
if(CXR_BUILD_TESTS)
  find_package(GTest 1.12 REQUIRED)
  cxr_add_pch(cxr_test_pch HEADER test_pch.h LINKS GTest::gmock OPTIONS ${CXR_TEST_OPTIONS})
endif()

function(cxr_use_pch TARGET) # [PCH], by default cxr_pch
  set(pch cxr_pch)
  if(ARGC GREATER 1)
    set(pch ${ARGV1})
  endif()
  target_link_libraries(${TARGET} PRIVATE torch::torch torch::openmp)
  target_precompile_headers(${TARGET} REUSE_FROM ${pch})
  # The header is compiled with -fPIC; an executable's -fPIE would not accept it.
  set_target_properties(${TARGET} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${TARGET} PRIVATE -fPIC)
endfunction()

# Several source files a compiler run: a file of this size costs more for the headers than for itself.
option(CXR_UNITY_BUILD "Compile the sources of a layer a few at a time in one go (fast from nothing; OFF suits editing)" OFF)
function(cxr_join_sources TARGET)
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ${CXR_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 6)
  if(CXR_UNITY_BUILD)
    # Types of an unnamed namespace count as a header's here, which would be wrong to have members of.
    target_compile_options(${TARGET} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(cxr_add_layer NAME)
  cmake_parse_arguments(LAYER "NO_PCH" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(cxr_${NAME} STATIC ${LAYER_SOURCES})
  add_library(cxr::${NAME} ALIAS cxr_${NAME})
  set_target_properties(cxr_${NAME} PROPERTIES EXPORT_NAME ${NAME})
  cxr_join_sources(cxr_${NAME})
  target_include_directories(cxr_${NAME} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/cxr_adapt>)
  target_link_libraries(cxr_${NAME} PUBLIC cxr_options ${LAYER_LINKS} PRIVATE ${LAYER_PRIVATE_LINKS})
  if(NOT LAYER_NO_PCH)
    cxr_use_pch(cxr_${NAME})
    target_link_libraries(cxr_${NAME} PUBLIC torch::torch) # the headers show tensors
  endif()
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/src/") # the library; the other folders are the program
    install(TARGETS cxr_${NAME} EXPORT cxr_adapt)
  endif()
endfunction()

function(cxr_add_test NAME)
  cmake_parse_arguments(TEST "NO_PCH" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(cxr_test_${NAME} ${TEST_SOURCES})
  target_include_directories(cxr_test_${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(cxr_test_${NAME} PRIVATE CXR_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures"
                                                      CXR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(cxr_test_${NAME} PRIVATE ${CXR_TEST_OPTIONS})
  target_link_libraries(cxr_test_${NAME} PRIVATE cxr_options ${TEST_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT TEST_NO_PCH)
    cxr_use_pch(cxr_test_${NAME} cxr_test_pch)
  endif()
  add_test(NAME ${NAME} COMMAND cxr_test_${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300)
endfunction()
