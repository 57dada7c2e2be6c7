# Checks the direction of includes: base <- format, text, kernels <- engine <- service; ports see base and the contract; firmware
# sees the public API and the contract; core sees no port, no tool, no operating system.
# Usage: awk -f layers.awk FILE... with paths from the root of the repository.

BEGIN {
  # Which box may include which.
  may["base"] = " base "
  may["format"] = " base format "
  may["text"] = " base text "
  may["kernels"] = " base kernels "
  may["engine"] = " base format text kernels engine "
  may["service"] = " base format text engine service "
  may["port"] = " base port "  # the contract: what lies in ports/ itself
  may["ports"] = " base port "
  # The library's face, which is a program, too; its card is read by the task that reads ESP-IDF's.
  may["ports/arduino"] = " format text engine service ports/esp_idf firmware/server "  # the page of a sketch is that server
  may["tools"] = " base format text kernels engine tools "
  may["firmware"] = " base format text engine port "
  may["firmware/emu"] = " ports/semihost kernels "  # it counts the calls of kernels
  may["firmware/sd_stream"] = " firmware/storyteller "  # made of its parts
  may["firmware/server"] = " service "  # which it puts behind a transport
  may["firmware/network"] = " firmware/server service "  # its set-up page is a route, and reads JSON
  may["firmware/update"] = " service firmware/access firmware/server "  # it brings routes to that server
  # The first holds the model that ships.
  may["firmware/storyteller"] = " service firmware/story firmware/server firmware/access firmware/update firmware/network "
  may["apps"] = " base format text kernels engine service tools port ports/host apps "
  may["tests"] = " base format text kernels engine service tools port ports/host ports/semihost ports/esp_idf firmware/story firmware/storyteller firmware/server firmware/access firmware/update firmware/network apps tests "

  # The box that a public header belongs to; one that is not named here counts as the engine's.
  public_box["status.h"] = public_box["version.h"] = public_box["parallel.h"] = public_box["memory.h"] = "base"
  public_box["weight_reader.h"] = public_box["http.h"] = "base"
  public_box["model.h"] = public_box["image_check.h"] = "format"
  public_box["tokenizer.h"] = public_box["words.h"] = "text"

  # The standard headers that a core without heap, threads and I/O can use.
  split("algorithm array atomic bit cfloat climits compare concepts cstddef cstdint cstring initializer_list iterator " \
        "limits new numeric optional span string_view tuple type_traits utility " \
        "stdbool.h stddef.h stdint.h", names, " ")
  for (i in names) core_may[names[i]] = 1

  posix = "^(unistd|fcntl|termios|signal|poll|pthread|dirent|dlfcn|netdb|pwd|sched|spawn|syslog|glob|fnmatch)\\.h$" \
          "|^(csignal)$|^(sys|arpa|net|netinet|linux)/"
  sdk = "^(esp_|freertos/|driver/|hal/|soc/|nvs|sdkconfig|Arduino)"
  intrinsics = "^([a-z]*mmintrin|immintrin|x86intrin|cpuid|arm_neon|arm_acle|arm_mve|riscv_vector)\\.h$"
}

function complain(message) {
  printf "%s:%d: %s: %s\n", FILENAME, FNR, message, $0
  failed = 1
}

function is_core(box) { return index(" base format text kernels engine service ", " " box " ") > 0 }

# "src/engine/plan.cpp" -> "engine", "include/thimble/model.h" -> "format", "tools/convert/convert.h" -> "tools",
# "ports/port.h" -> "port", "ports/host/file.h" -> "ports/host", "firmware/story/main.cpp" -> "firmware/story"
function box_of_file(path,    parts) {
  split(path, parts, "/")
  if (parts[1] == "src") return parts[2]
  if (parts[1] == "include") return box_of_include("thimble/" parts[3])
  return box_of_include(path)
}

# What a quoted include names; "" for a header of the file's own folder.
function box_of_include(name,    parts, n) {
  n = split(name, parts, "/")
  if (n == 1) return ""
  if (parts[1] == "thimble") return (parts[n] in public_box) ? public_box[parts[n]] : "engine"
  if (parts[1] == "ports" && n == 2) return "port"
  if (parts[1] == "ports" || parts[1] == "firmware") return parts[1] "/" parts[2]
  return parts[1]
}

# "ports/host" -> "ports": a port and a program of firmware may include what all of their kind may, and their own folder.
function kind_of(box) {
  sub(/\/.*/, "", box)
  return box
}

function may_include(box, target) { return target == box || index(may[kind_of(box)] may[box], " " target " ") > 0 }

function check_system(box, name) {
  # ESP-IDF, and Arduino over it, open files as POSIX does; its fakes need the host's memory, and the tests of its port a process each; sketches are asked through sockets.
  if (name ~ posix && FILENAME !~ /^(ports\/host|ports\/esp_idf|ports\/arduino|tests\/fakes|tests\/firmware\/esp_idf|tests\/arduino)\//)
    complain("only ports/host may include headers of the operating system")
  if (name ~ sdk && FILENAME !~ /^(ports|firmware|tests\/fakes|tests\/firmware\/esp_idf|tests\/arduino)\//)
    complain("only ports and firmware may include a header of an SDK")
  if (!is_core(box)) return
  if (name ~ intrinsics) {
    if (FILENAME !~ /^src\/kernels\// && FILENAME !~ /^src\/base\/fp_environment/)
      complain("intrinsics belong to kernels and base/fp_environment")
  } else if (!(name in core_may) && !(box == "service" && name == "jsmn.h")) complain("core may not include this header")
}

function check_project(box, name,    target) {
  if (name ~ /\.\.\//) { complain("include by the path from the root of sources, not by .."); return }
  target = box_of_include(name)
  if (target == "") {
    if (is_core(box)) complain("core includes its own headers by box: \"" box "/...\"")
    return
  }
  if (!(kind_of(target) in may)) { check_system(box, name); return }  # "sys/stat.h" in quotes and the like
  if (!may_include(box, target)) complain(box " may not include " target)
  if ((kind_of(box) == "firmware" && box != "firmware/emu" || box == "ports/arduino") && is_core(target) && \
      target != "service" && name !~ /^thimble\//)
    complain("firmware may include public headers only")
  if (FILENAME ~ /^include\// && name !~ /^thimble\//) complain("a public header may include public headers only")
  if (box == "service" && target != "service" && name !~ /^thimble\//)
    complain("the service may include public headers of the core only")
  if (box == "engine" && target == "kernels" && name != "kernels/kernels.h")
    complain("the engine reaches kernels through kernels/kernels.h only")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
  name = $0
  sub(/^[^<"]*[<"]/, "", name)
  sub(/[>"].*$/, "", name)
  box = box_of_file(FILENAME)
  if (!(kind_of(box) in may)) complain("a folder that layers.awk does not know")
  else if ($0 ~ /include[ \t]*</ && name !~ /^thimble\//) check_system(box, name)
  else check_project(box, name)
}

END { exit failed }
