// The rules of the cost model, on a machine with round numbers.

#include "tools/plan/cost_model.h"

#include <gtest/gtest.h>

namespace thimble {
namespace {

using tools::Medium;
using tools::Time;
using tools::Work;

// 100 MHz; flash at 10 MB/s, PSRAM at 40 MB/s for one core and 60 for two, a card at 5 MB/s.
tools::Machine machine(uint32_t cores) {
  tools::Machine m;
  m.cores = cores;
  m.hz = 100e6;
  m.join_seconds = 1e-3;
  m.rates[static_cast<size_t>(Medium::kBulk)] = {40e6, 60e6};
  m.rates[static_cast<size_t>(Medium::kFlash)] = {10e6, 10e6};
  m.rates[static_cast<size_t>(Medium::kCard)] = {5e6, 5e6};
  return m;
}

void expect_time(const Time& time, double compute, double memory, double storage, double barriers) {
  EXPECT_NEAR(time.compute, compute, 1e-12);
  EXPECT_NEAR(time.memory, memory, 1e-12);
  EXPECT_NEAR(time.storage, storage, 1e-12);
  EXPECT_NEAR(time.barriers, barriers, 1e-12);
}

TEST(CostModel, FastMemoryCostsCyclesAlone) {
  expect_time(time_of(machine(2), Work{"a", 1e6, true, 3, Medium::kFast, 5e6}), 0.005, 0, 0, 0.003);
  expect_time(time_of(machine(2), Work{"a", 1e6, false, 3, Medium::kFast, 5e6}), 0.01, 0, 0, 0);
  expect_time(time_of(machine(1), Work{"a", 1e6, true, 3, Medium::kFast, 5e6}), 0.01, 0, 0, 0);
}

TEST(CostModel, OneCoreWaitsForEachLine) {
  // 0.1 s of flash behind 0.01 s of cycles
  expect_time(time_of(machine(1), Work{"a", 1e6, true, 0, Medium::kFlash, 1e6}), 0.01, 0.1, 0, 0);
}

TEST(CostModel, TwoCoresShareTheBus) {
  // The bus is the limit: 0.1 s in all.
  expect_time(time_of(machine(2), Work{"a", 1e6, true, 0, Medium::kFlash, 1e6}), 0.005, 0.095, 0, 0);
  // The cores are: (0.3 + 0.1) / 2 s in all.
  expect_time(time_of(machine(2), Work{"a", 30e6, true, 0, Medium::kFlash, 1e6}), 0.15, 0.05, 0, 0);
  // PSRAM gives two cores more than one: 0.6 MB in (0 + 0.015) / 2 s by the cores, 0.01 s by the bus.
  expect_time(time_of(machine(2), Work{"a", 0, true, 0, Medium::kBulk, 0.6e6}), 0, 0.01, 0, 0);
}

TEST(CostModel, ACardIsReadWhileComputingGoesOn) {
  expect_time(time_of(machine(1), Work{"a", 10e6, true, 0, Medium::kCard, 1e6}), 0.1, 0, 0.1, 0);
  expect_time(time_of(machine(1), Work{"a", 30e6, true, 0, Medium::kCard, 1e6}), 0.3, 0, 0, 0);
}

// 0.2 s of reading, behind which 0.05 s of checking disappear on one core, whoever shares the rest.
TEST(CostModel, WhatACardBringsIsChecked) {
  tools::Machine checks = machine(2);
  checks.check_cycles = 5;
  expect_time(time_of(checks, Work{"a", 10e6, true, 0, Medium::kCard, 1e6}), 0.1, 0, 0.1, 0);
  expect_time(time_of(checks, Work{"a", 50e6, true, 0, Medium::kCard, 1e6}), 0.3, 0, 0, 0);
}

// 0.2 s of reading hide behind 0.06 s of the rows in memory, and 0.1 s of those that are read.
TEST(CostModel, RowsInTurnsHideReading) {
  const auto stages =
      times_of(machine(1), {{"a", 2e6, true, 0, Medium::kBulk, 1.6e6}, {"a", 10e6, true, 0, Medium::kCard, 1e6, true}});
  ASSERT_EQ(stages.size(), 1u);
  expect_time(stages[0].time, 0.12, 0.04, 0.04, 0);
}

TEST(CostModel, PartsOfAStageAddUp) {
  const auto stages = times_of(machine(1), {{"a", 1e6, false, 0, Medium::kFast, 100},
                                            {"b", 2e6, false, 0, Medium::kFlash, 1e6},
                                            {"a", 3e6, false, 0, Medium::kFlash, 2e6}});
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].stage, "a");
  EXPECT_EQ(stages[0].bytes, 2e6);
  expect_time(stages[0].time, 0.04, 0.2, 0, 0);
  expect_time(total_of(stages), 0.06, 0.3, 0, 0);
}

}  // namespace
}  // namespace thimble
