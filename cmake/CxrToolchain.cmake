# Compiler settings that every target of the project shares: warnings, sanitizers, the compiler cache.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header changes its time stamp with every build; without these ccache never hits.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_PCH_EXTSUM=true ${CCACHE_PROGRAM})
endif()

# The installed program finds LibTorch where the build found it.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

add_library(cxr_options INTERFACE)
target_compile_features(cxr_options INTERFACE cxx_std_20)
target_compile_options(cxr_options INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wnon-virtual-dtor;-Wno-missing-field-initializers>)
if(CXR_WARNINGS_AS_ERRORS)
  target_compile_options(cxr_options INTERFACE $<BUILD_INTERFACE:-Werror>)
endif()
if(CXR_SANITIZE)
  target_compile_options(cxr_options INTERFACE
    $<BUILD_INTERFACE:-fsanitize=address,undefined;-fno-omit-frame-pointer;-fno-sanitize-recover=undefined>)
  target_link_options(cxr_options INTERFACE $<BUILD_INTERFACE:-fsanitize=address,undefined>)
  # GCC sees it in what the sanitizers add, of a std::regex for one.
  target_compile_options(cxr_options INTERFACE $<BUILD_INTERFACE:$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>>)
endif()
install(TARGETS cxr_options EXPORT cxr_adapt)
