#include "apps/cli/conversion_report.h"

#include <algorithm>

#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

// Layers that have lines of their own: the first ones and the last, which are the ones that differ most.
constexpr uint32_t kFirstLayers = 2;
constexpr uint32_t kLastLayers = 1;

constexpr int kErrorWidth = 25;  // of a column that others follow

// Tensors of one role, and of one layer or of several in the middle.
struct Line {
  tools::TensorReport first;
  uint32_t last_layer = 0;
  uint32_t tensors = 0;
  uint64_t bytes = 0;
  double errors = 0;  // added up
  double nats = 0;    // what they would lose in q4, added up

  void add(const tools::TensorReport& report, double nats_in_q4) {
    if (tensors == 0) first = report;
    last_layer = report.layer;
    ++tensors;
    bytes += report.bytes;
    errors += report.relative_error;
    nats += nats_in_q4;
  }
};

std::string place(const Line& line) {
  if (!in_layer(line.first.role)) return "";
  const std::string from = std::to_string(line.first.layer);
  return line.tensors == 1 ? "layer " + from : "layers " + from + ".." + std::to_string(line.last_layer);
}

std::string text(const Line& line, bool fitted) {
  const tools::TensorReport& t = line.first;
  const double error = line.errors / line.tensors;
  const std::string rounding = error == 0 ? "exact" : format("%.3g %%", 100 * error);
  const bool has_loss = fitted && line.nats > 0;
  const std::string loss = has_loss ? format("%.5f", line.nats) : "";
  return format("  %-13s %-16s %7u x %-6u %-4s %10s  %-*s%s\n", place(line).c_str(), role_name(t.role), t.rows, t.cols,
                dtype_name(t.type), format_bytes(line.bytes).c_str(), has_loss ? kErrorWidth : 0, rounding.c_str(),
                loss.c_str());
}

uint32_t layer_count(std::span<const tools::TensorReport> reports) {
  uint32_t layers = 0;
  for (const tools::TensorReport& report : reports) {
    if (in_layer(report.role)) layers = std::max(layers, report.layer + 1);
  }
  return layers;
}

// Reports come in file order, so the lines of the middle begin with its first layer.
std::vector<Line> lines_of(std::span<const tools::TensorReport> reports, std::span<const tools::FittedTensor> fitted,
                           bool every_layer) {
  const uint32_t layers = layer_count(reports);
  const auto in_middle = [&](const tools::TensorReport& report) {
    return !every_layer && in_layer(report.role) && report.layer >= kFirstLayers && report.layer + kLastLayers < layers;
  };
  std::vector<Line> lines;
  for (size_t i = 0; i < reports.size(); ++i) {
    const tools::TensorReport& report = reports[i];
    const auto shares = [&](const Line& line) {
      return in_middle(line.first) && line.first.role == report.role && line.first.type == report.type;
    };
    auto line = in_middle(report) ? std::ranges::find_if(lines, shares) : lines.end();
    if (line == lines.end()) line = lines.insert(line, Line{});
    line->add(report, fitted.empty() ? 0 : fitted[i].nats);
  }
  return lines;
}

}  // namespace

std::string conversion_table(std::span<const tools::TensorReport> reports, std::span<const tools::FittedTensor> fitted,
                             bool every_layer) {
  std::string table =
      format("  %-13s %-16s %7s   %-6s %-4s %10s  %-*s%s\n", "", "tensor", "rows", "cols", "type", "size",
             fitted.empty() ? 0 : kErrorWidth, "error, root mean square", fitted.empty() ? "" : "nats lost in q4");
  for (const Line& line : lines_of(reports, fitted, every_layer)) table += text(line, !fitted.empty());
  table.pop_back();
  return table;
}

}  // namespace thimble::cli
