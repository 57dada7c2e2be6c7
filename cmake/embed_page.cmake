# Run by the build: writes C++ with the files of the page, plain and gzipped.
# cmake -DFOLDER=web -DFILES=index.html;app.js -DOUTPUT=page.cpp -DWORK=folder -P embed_page.cmake
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
  execute_process(COMMAND gzip -9 -n -c ${FOLDER}/${name} OUTPUT_FILE ${WORK}/page.gz COMMAND_ERROR_IS_FATAL ANY)
  bytes_of(${FOLDER}/${name} plain)
  bytes_of(${WORK}/page.gz gzipped)
  file(SHA256 ${FOLDER}/${name} digest)
  string(SUBSTRING ${digest} 0 16 digest)
  string(APPEND arrays "constexpr unsigned char kPlain${number}[] = {${plain}};\n"
    "constexpr unsigned char kGzipped${number}[] = {${gzipped}};\n")
  string(APPEND entries "    {\"/${name}\", \"${type_${ending}}\", \"\\\"${digest}\\\"\", "
    "text(kPlain${number}), text(kGzipped${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Written by the build from the files of web/.
#include \"apps/server/page.h\"

namespace thimble::server {
namespace {

${arrays}
template <size_t N>
std::string_view text(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const service::Asset> page() {
  static const service::Asset kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace thimble::server
")
