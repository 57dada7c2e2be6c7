#include "firmware/storyteller/model_list.h"

#include "service/writer.h"

namespace thimble::storyteller {
namespace {

constexpr std::string_view kEnd = "],\"card\":true}\n";
constexpr std::string_view kEndWithoutCard = "]}\n";

const char* state_name(ModelSource::State state) {
  switch (state) {
    case ModelSource::State::kUntried:
      return "not tried";
    case ModelSource::State::kAbsent:
      return "absent";
    case ModelSource::State::kRefused:
      return "refused";
    case ModelSource::State::kGood:
      break;
  }
  return "good";
}

void write_model(service::Writer& json, const ModelSource& source, bool is_on_card, bool tells) {
  json.text("{\"name\":").quoted(source.name);
  json.text(",\"state\":\"").text(state_name(source.state));
  json.text("\",\"tells\":").text(tells ? "true" : "false");
  json.text(",\"partition\":").text(source.kind == ModelSource::Kind::kPartition ? "true" : "false");
  if (is_on_card) json.text(",\"card\":true");
  if (source.bytes > 0) json.text(",\"bytes\":").number(source.bytes);
  if (source.state == ModelSource::State::kRefused) {
    char why[120];
    json.text(",\"why\":").quoted(format_status(source.why, why));
  }
  json.text("}");
}

}  // namespace

ModelList::ModelList(ModelSources& sources, const ModelSource* in_use) {
  const std::span<char> text(text_);
  service::Writer json(text.first(kMostBytes - kEnd.size()));
  json.text("{\"models\":[");
  bool first = true;
  for (size_t i = 0; i < sources.count(); ++i) {
    const ModelSource& source = sources.at(i);
    if (source.is_bare_card()) continue;
    const service::Writer before = json;
    if (!first) json.text(",");
    write_model(json, source, sources.is_on_card(source), &source == in_use);
    if (!json.ok()) json = before;
    first = false;
  }
  bytes_ = json.size();
  const std::string_view end = sources.card_status().ok() ? kEnd : kEndWithoutCard;
  bytes_ += end.copy(text_.data() + bytes_, end.size());
}

}  // namespace thimble::storyteller
