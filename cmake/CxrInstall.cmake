# `cmake --install` and find_package(cxr_adapt): the program, the layers' headers and static libraries (cxr::core, cxr::io,
# ...), and a configuration that finds the same libraries again.

include(CMakePackageConfigHelpers)
set(CXR_PACKAGE_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/cxr_adapt")
get_filename_component(CXR_INSTALLED_DEPS "${CXR_TORCH_SITE}/.." ABSOLUTE)

configure_package_config_file(cmake/cxr_adaptConfig.cmake.in cxr_adaptConfig.cmake INSTALL_DESTINATION ${CXR_PACKAGE_FOLDER})
write_basic_package_version_file(cxr_adaptConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cxr_adapt FILES_MATCHING PATTERN "*.h")
install(EXPORT cxr_adapt NAMESPACE cxr:: DESTINATION ${CXR_PACKAGE_FOLDER} FILE cxr_adaptTargets.cmake)
install(FILES "${PROJECT_BINARY_DIR}/cxr_adaptConfig.cmake" "${PROJECT_BINARY_DIR}/cxr_adaptConfigVersion.cmake"
              cmake/CxrTorch.cmake cmake/CxrArrow.cmake cmake/CxrDependencies.cmake
        DESTINATION ${CXR_PACKAGE_FOLDER})
