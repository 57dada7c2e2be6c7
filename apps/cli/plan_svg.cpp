// One picture: for each board a bar of the time of a token, cut into stages, and one for each block of memory.

#include <algorithm>
#include <array>

#include "apps/cli/plan_report.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

using tools::Prediction;

constexpr int kWidth = 920;
constexpr int kLeft = 200;      // where bars begin
constexpr int kBarWidth = 600;  // of the slowest board
constexpr int kRow = 26;
constexpr int kBarHeight = 16;

// Of stages, by their order; and of what is taken of a block. They tell apart with common kinds of colour blindness.
constexpr std::array kColours = {"#0072b2", "#56b4e9", "#009e73", "#8fd3bb", "#d55e00", "#e69f00", "#f0e442",
                                 "#cc79a7", "#7f7f7f", "#b5b5b5", "#4d4d4d", "#a6761d", "#66a61e", "#e7298a"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : visible(text, false)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string text_at(double x, int y, const std::string& text, const char* anchor = "start") {
  return format("<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor) + escaped(text) + "</text>\n";
}

std::string rectangle(double x, int y, double width, const char* colour, const std::string& title) {
  return format("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\">", x, y, width, kBarHeight,
                colour) +
         "<title>" + escaped(title) + "</title></rect>\n";
}

// Stages of all boards, in the order in which they first appear.
std::vector<std::string> stages_of(const std::vector<Prediction>& predictions) {
  std::vector<std::string> names;
  for (const Prediction& p : predictions) {
    for (const tools::StageTime& stage : p.speed.stages) {
      if (std::ranges::find(names, stage.stage) == names.end()) names.push_back(stage.stage);
    }
  }
  return names;
}

class Drawing {
 public:
  Drawing(const PlannedModel& model, const std::vector<Prediction>& predictions)
      : model_(model), predictions_(predictions), stages_(stages_of(predictions)) {}

  std::string draw() {
    line(text_at(10, y_ + 14, model_.name + ": predicted time of a token, and memory; no board has been measured"));
    legend();
    for (const Prediction& p : predictions_) {
      time_bar(p);
      if (predictions_.size() == 1) memory_bars(p);
    }
    const int height = y_ + 10;
    return format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
               "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" "
               "fill=\"white\"/>\n",
               kWidth, height, kWidth, height) +
           body_ + "</svg>\n";
  }

 private:
  void line(const std::string& drawn) {
    body_ += drawn;
    y_ += kRow;
  }

  const char* colour_of(const std::string& stage) const {
    const auto at = static_cast<size_t>(std::ranges::find(stages_, stage) - stages_.begin());
    return kColours[at % kColours.size()];
  }

  void legend() {
    constexpr int kPerLine = 7;
    for (size_t i = 0; i < stages_.size(); ++i) {
      const double x = 10 + 125.0 * static_cast<double>(i % kPerLine);
      body_ += rectangle(x, y_, 12, colour_of(stages_[i]), stages_[i]) + text_at(x + 18, y_ + 13, stages_[i]);
      if (i % kPerLine == kPerLine - 1 || i + 1 == stages_.size()) y_ += kRow;
    }
  }

  double longest() const {
    double seconds = 0;
    for (const Prediction& p : predictions_) seconds = std::max(seconds, p.speed.token_seconds);
    return seconds;
  }

  void time_bar(const Prediction& p) {
    body_ += text_at(kLeft - 10, y_ + 13, p.hardware.name, "end");
    if (!p.problem.empty()) return line(text_at(kLeft, y_ + 13, "does not run: " + p.problem));
    double x = kLeft;
    for (const tools::StageTime& stage : p.speed.stages) {
      const double seconds = stage.time.total();
      const double width = kBarWidth * seconds / longest();
      body_ += rectangle(x, y_, width, colour_of(stage.stage), stage.stage + ": " + format_seconds(seconds));
      x += width;
    }
    line(text_at(x + 6, y_ + 13, format("%.1f tok/s", 1 / p.speed.token_seconds)));
  }

  void memory_bars(const Prediction& p) {
    for (size_t r = 0; r < kRegionCount; ++r) {
      const auto& blocks = p.hardware.memory.regions[r];
      for (size_t b = 0; b < blocks.count; ++b) {
        const auto all = static_cast<double>(blocks.block_bytes[b]);
        const double used = kBarWidth * static_cast<double>(p.plan.block_bytes[r][b]) / all;
        const std::string name =
            std::string(region_name(static_cast<Region>(r))) + " memory, block " + std::to_string(b);
        const std::string amounts = format("%zu of %zu bytes", p.plan.block_bytes[r][b], blocks.block_bytes[b]);
        line(text_at(kLeft - 10, y_ + 13, name, "end") + rectangle(kLeft, y_, kBarWidth, "#e5e5e5", amounts) +
             rectangle(kLeft, y_, used, "#0072b2", amounts) +
             text_at(kLeft + kBarWidth + 6, y_ + 13, format_bytes(p.plan.block_bytes[r][b])));
      }
    }
  }

  const PlannedModel& model_;
  const std::vector<Prediction>& predictions_;
  std::vector<std::string> stages_;
  std::string body_;
  int y_ = 10;
};

}  // namespace

std::string plan_svg(const PlannedModel& model, const std::vector<Prediction>& predictions) {
  return Drawing(model, predictions).draw();
}

}  // namespace thimble::cli
