# thimble_embed_page(TARGET HEADER NAMESPACE [GZIPPED_ONLY] [SETUP]): the files of web/ inside a program. HEADER declares
# the function page() of that namespace. GZIPPED_ONLY: without them as they are, where memory is dear. SETUP: the files of
# web/setup/ instead, as setup_page().
#
# The build runs this file as a script, too, which writes the C++.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(thimble_embed_page_script ${CMAKE_CURRENT_LIST_FILE})
  get_filename_component(thimble_web_folder ${CMAKE_CURRENT_LIST_DIR}/../web ABSOLUTE)

  function(thimble_embed_page target header namespace)
    cmake_parse_arguments(PAGE "GZIPPED_ONLY;SETUP" "" "" ${ARGN})
    set(folder ${thimble_web_folder})
    set(function page)
    if(PAGE_SETUP)
      set(folder ${thimble_web_folder}/setup)
      set(function setup_page)
    endif()
    file(GLOB files LIST_DIRECTORIES false CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
    list(FILTER files EXCLUDE REGEX "\\.md$")
    list(TRANSFORM files PREPEND ${folder}/ OUTPUT_VARIABLE paths)
    set(page ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
    add_custom_command(OUTPUT ${page}
      COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DFILES=${files}" -DWORK=${CMAKE_CURRENT_BINARY_DIR}
        -DOUTPUT=${page} -DHEADER=${header} -DNAMESPACE=${namespace} -DFUNCTION=${function} -DGZIPPED_ONLY=${PAGE_GZIPPED_ONLY}
        -P ${thimble_embed_page_script}
      DEPENDS ${paths} ${thimble_embed_page_script}
      COMMENT "Embedding the page" VERBATIM)
    target_sources(${target} PRIVATE ${page})
  endfunction()
  return()
endif()

cmake_minimum_required(VERSION 3.22)

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/x-icon")
set(type_webmanifest "application/manifest+json")

# The bytes of a file as the initialisers of an array.
function(bytes_of file variable)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

set(arrays "")
set(entries "")
set(number 0)
foreach(name IN LISTS FILES)
  string(REGEX REPLACE "^.*\\." "" ending ${name})
  if(NOT DEFINED type_${ending})
    message(FATAL_ERROR "web/${name}: embed_page.cmake knows no content type for .${ending}")
  endif()
  execute_process(COMMAND gzip -9 -n -c ${FOLDER}/${name} OUTPUT_FILE ${WORK}/${FUNCTION}.gz COMMAND_ERROR_IS_FATAL ANY)
  bytes_of(${WORK}/${FUNCTION}.gz gzipped)
  file(SHA256 ${FOLDER}/${name} digest)
  string(SUBSTRING ${digest} 0 16 digest)
  set(plain "{}")
  if(NOT GZIPPED_ONLY)
    bytes_of(${FOLDER}/${name} bytes)
    string(APPEND arrays "constexpr unsigned char kPlain${number}[] = {${bytes}};\n")
    set(plain "text(kPlain${number})")
  endif()
  string(APPEND arrays "constexpr unsigned char kGzipped${number}[] = {${gzipped}};\n")
  string(APPEND entries "    {\"/${name}\", \"${type_${ending}}\", \"\\\"${digest}\\\"\", "
    "${plain}, text(kGzipped${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Written by the build from the files of web/.
#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {

${arrays}
template <size_t N>
std::string_view text(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const service::Asset> ${FUNCTION}() {
  static const service::Asset kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace ${NAMESPACE}
")
