# cxr_embed_text(TARGET FILE SYMBOL)
#   the file's bytes in the program: defines `extern const std::string_view SYMBOL` in namespace cxr, in a source of TARGET's own.
#   As characters, since compilers may refuse string literals above 64 KiB.

if(CMAKE_SCRIPT_MODE_FILE) # cmake -DINPUT=… -DOUTPUT=… -DSYMBOL=… -P CxrEmbed.cmake
  file(READ "${INPUT}" bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," characters "${bytes}")
  file(WRITE "${OUTPUT}" "#include <string_view>

namespace cxr {
namespace {
constexpr char k${SYMBOL}Bytes[] = {
${characters}
'\\0'};
} // namespace
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}(k${SYMBOL}Bytes, sizeof k${SYMBOL}Bytes - 1);
} // namespace cxr
")
  return()
endif()

set(CXR_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(cxr_embed_text TARGET FILE SYMBOL)
  cmake_path(ABSOLUTE_PATH FILE BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE input)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${SYMBOL}.cpp")
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DINPUT=${input}" "-DOUTPUT=${output}" "-DSYMBOL=${SYMBOL}" -P "${CXR_EMBED_SCRIPT}"
    DEPENDS "${input}" "${CXR_EMBED_SCRIPT}" COMMENT "Embedding ${FILE}" VERBATIM)
  target_sources(${TARGET} PRIVATE "${output}")
  set_source_files_properties("${output}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
