#pragma once

#include <sys/types.h>

#include <climits>
#include <cstddef>
#include <cstdint>

#include "esp_err.h"
#include "freertos/task.h"
#include "sdkconfig.h"

enum httpd_method_t : int { HTTP_DELETE, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_CONNECT, HTTP_OPTIONS };
inline constexpr int HTTP_ANY = INT_MAX;

inline constexpr int HTTPD_SOCK_ERR_FAIL = -1;
inline constexpr int HTTPD_SOCK_ERR_INVALID = -2;
inline constexpr int HTTPD_SOCK_ERR_TIMEOUT = -3;
inline constexpr esp_err_t ESP_ERR_HTTPD_RESULT_TRUNC = 0xb004;
inline constexpr esp_err_t ESP_ERR_HTTPD_RESP_SEND = 0xb006;

using httpd_handle_t = void*;
using httpd_work_fn_t = void (*)(void* argument);
using httpd_recv_func_t = int (*)(httpd_handle_t, int socket, char* out, size_t size, int flags);

struct httpd_config_t {
  unsigned task_priority;
  size_t stack_size;
  BaseType_t core_id;
  size_t max_req_hdr_len;
  uint16_t server_port;
  uint16_t max_open_sockets;
  uint16_t max_uri_handlers;
  uint16_t max_resp_headers;
  bool lru_purge_enable;
  uint16_t send_wait_timeout;
  bool keep_alive_enable;
  int keep_alive_idle;
  esp_err_t (*open_fn)(httpd_handle_t, int socket);
  void (*close_fn)(httpd_handle_t, int socket);
  bool (*uri_match_fn)(const char* reference, const char* uri, size_t size);
};
inline constexpr httpd_config_t kHttpdDefaults = {5,     4096, tskNO_AFFINITY, 1024, 80,      7,       8,      8,
                                                  false, 5,    false,          0,    nullptr, nullptr, nullptr};
#define HTTPD_DEFAULT_CONFIG() kHttpdDefaults

struct httpd_req_t {
  httpd_handle_t handle;
  int method;
  char uri[257];
  size_t content_len;
  void* aux;
};

enum httpd_ws_type_t {
  HTTPD_WS_TYPE_CONTINUE = 0,
  HTTPD_WS_TYPE_TEXT = 1,
  HTTPD_WS_TYPE_BINARY = 2,
  HTTPD_WS_TYPE_CLOSE = 8,
  HTTPD_WS_TYPE_PING = 9,
  HTTPD_WS_TYPE_PONG = 10,
};
struct httpd_ws_frame_t {
  bool final;
  bool fragmented;
  httpd_ws_type_t type;
  uint8_t* payload;
  size_t len;
};

struct httpd_uri_t {
  const char* uri;
  httpd_method_t method;
  esp_err_t (*handler)(httpd_req_t* request);
  void* user_ctx;
  bool is_websocket;
  bool handle_ws_control_frames;
#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
  esp_err_t (*ws_pre_handshake_cb)(httpd_req_t* request);
#endif
};

esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* config);
esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t* uri);
bool httpd_uri_match_wildcard(const char* reference, const char* uri, size_t size);
esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void* argument);
esp_err_t httpd_sess_set_recv_override(httpd_handle_t handle, int socket, httpd_recv_func_t receive);
int httpd_socket_send(httpd_handle_t handle, int socket, const char* bytes, size_t size, int flags);

int httpd_req_to_sockfd(httpd_req_t* request);
esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* request, const char* name, char* out, size_t size);
int httpd_req_recv(httpd_req_t* request, char* out, size_t size);
esp_err_t httpd_req_async_handler_begin(httpd_req_t* request, httpd_req_t** copy);
esp_err_t httpd_req_async_handler_complete(httpd_req_t* request);
esp_err_t httpd_resp_set_status(httpd_req_t* request, const char* status);
esp_err_t httpd_resp_set_hdr(httpd_req_t* request, const char* name, const char* value);
esp_err_t httpd_resp_send(httpd_req_t* request, const char* body, ssize_t size);
esp_err_t httpd_ws_recv_frame(httpd_req_t* request, httpd_ws_frame_t* frame, size_t most);
esp_err_t httpd_ws_send_frame_async(httpd_handle_t handle, int socket, httpd_ws_frame_t* frame);
