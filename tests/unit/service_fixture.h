// What the tests of the service share: two models, requests for a text, what the library says to them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/service.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/service_client.h"

namespace thimble::testing {

inline constexpr const char* kWant = R"({"prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7})";
inline constexpr const char* kWantEvents =
    R"({"prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7,"stream":true,"stream_options":{"include_usage":true}})";

inline const tools::ImageBytes& plain_image() {
  static const tools::ImageBytes image = to_thm(make_fixture(small_spec()));
  return image;
}

inline const tools::ImageBytes& chat_image() {
  static const tools::ImageBytes image = [] {
    tools::ConvertOptions options;
    options.chat_template = "<s>ab {prompt} cd";
    return tools::convert(to_imported(make_fixture(small_spec())), options);
  }();
  return image;
}

// What the library says to kWant.
inline std::string expected_text(const tools::ImageBytes& image = plain_image()) {
  TestEngine run(image.span(), {.max_batch = 8});
  GeneratorParams params;
  params.sampler = model_sampling(run.model());
  params.sampler.temperature = 0.9f;
  params.sampler.seed = 7;
  params.max_tokens = 12;
  return generate(run.engine(), "Once", params).text;
}

inline std::string json_escaped(std::string_view text) {
  std::vector<char> out(8 * text.size() + 16);
  service::Writer writer(out);
  writer.escaped(text, 0);
  return std::string(writer.view());
}

// The strings of a member in all of a text, joined: "text":"a" ... "text":"b".
inline std::string joined(const std::string& answer, const std::string& member) {
  const std::string begin = "\"" + member + "\":\"";
  std::string all;
  for (size_t at = 0; (at = answer.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    size_t end = at;
    while (answer[end] != '"') end += answer[end] == '\\' ? 2u : 1u;
    all += answer.substr(at, end - at);
    at = end;
  }
  return all;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline uint16_t status_of(TestService& s, service::Exchange* e) {
  const uint16_t status = e->head.status;
  s.answer(*e);
  return status;
}

}  // namespace thimble::testing
