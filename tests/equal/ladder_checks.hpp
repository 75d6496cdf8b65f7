// ladder_checks.hpp - totals of two engines; bounds of one without a time axis against one with it.
#ifndef TESTS_LADDER_CHECKS_HPP
#define TESTS_LADDER_CHECKS_HPP

#include <gtest/gtest.h>

#include <set>

#include "sim/trace.h"

inline void expect_same_traffic(const TrafficCounts &a, const TrafficCounts &b, uint32_t of)
{
    EXPECT_EQ(a.flits, b.flits) << of;
    EXPECT_EQ(a.payload_flits, b.payload_flits) << of;
    EXPECT_EQ(a.frames, b.frames) << of;
    EXPECT_EQ(a.off_board_frames, b.off_board_frames) << of;
    EXPECT_EQ(a.lookups, b.lookups) << of;
    EXPECT_EQ(a.host_packets, b.host_packets) << of;
}

// What is whose: of slices, layers, steps, chips.
inline void expect_same_shares(const Trace *a, const Trace *b)
{
    ASSERT_EQ(a->n_slices, b->n_slices);
    ASSERT_EQ(a->n_chips, b->n_chips);
    for (uint32_t s = 0; s < a->n_slices; s++)
        EXPECT_EQ(a->slice_active[s], b->slice_active[s]) << s;
    EXPECT_EQ(a->token_cycles, b->token_cycles);
    EXPECT_EQ(a->token_bytes, b->token_bytes);
    expect_same_traffic(a->input_traffic, b->input_traffic, 0);
    for (uint32_t l = 0; l < a->n_layers; l++) {
        EXPECT_EQ(a->layer[l].active_cycles, b->layer[l].active_cycles) << l;
        EXPECT_EQ(a->layer[l].array_macs, b->layer[l].array_macs) << l;
        expect_same_traffic(a->layer[l].traffic, b->layer[l].traffic, l);
    }
    for (uint32_t t = 0; t < a->n_steps; t++) {
        EXPECT_EQ(a->step[t].active_cycles, b->step[t].active_cycles) << t;
        EXPECT_EQ(a->step[t].array_macs, b->step[t].array_macs) << t;
        EXPECT_EQ(a->step[t].dram_bytes, b->step[t].dram_bytes) << t;
        expect_same_traffic(a->step[t].traffic, b->step[t].traffic, t);
    }
    for (uint32_t c = 0; c < a->n_chips; c++) {
        EXPECT_EQ(a->chip_lookups[c], b->chip_lookups[c]) << c;
        EXPECT_EQ(a->chip_dram_bytes[c], b->chip_dram_bytes[c]) << c;
    }
}

// All numbers but times are the same. An engine without a time axis does not know those that depend
// on time.
inline void expect_same_totals(const Trace *a, const Trace *b)
{
    const bool untimed = a->bounds != nullptr;
    EXPECT_EQ(a->router_lookups, b->router_lookups);
    EXPECT_EQ(a->router_busy_cycles, b->router_busy_cycles);
    EXPECT_EQ(a->host_events_in, b->host_events_in);
    EXPECT_EQ(a->host_events_out, b->host_events_out);
    EXPECT_EQ(a->host_markers_in, b->host_markers_in);
    EXPECT_EQ(a->host_markers_out, b->host_markers_out);
    EXPECT_EQ(a->host_bits, b->host_bits);
    EXPECT_EQ(a->dram_reads, b->dram_reads);
    EXPECT_EQ(a->dram_bytes, b->dram_bytes);
    EXPECT_EQ(a->dram_busy_ps, b->dram_busy_ps);
    ASSERT_EQ(a->n_cores, b->n_cores);
    ASSERT_EQ(a->n_links, b->n_links);
    ASSERT_EQ(a->n_layers, b->n_layers);
    ASSERT_EQ(a->n_steps, b->n_steps);
    std::set<Count> timed = {COUNT_ARRAY_WAIT_CYCLES, COUNT_STALL_CYCLES, COUNT_WAIT_CYCLES,
                             COUNT_SLEEP_CYCLES, COUNT_FIFO_HIGH_PACKETS};
    if (a->auto_point)
        timed.insert({COUNT_SLOW_CYCLES, COUNT_LEVEL_SWITCH_CYCLES, COUNT_LEVEL_SWITCHES,
                      COUNT_HIGH_CYCLES, COUNT_HIGH_ACTIVE_CYCLES, COUNT_HIGH_ARRAY_MACS});
    for (uint32_t c = 0; c < a->n_cores; c++)
        for (int n = 0; n < N_COUNTS; n++) {
            const auto count = static_cast<Count>(n);
            if (!untimed && timed.count(count) != 0)
                continue;
            EXPECT_EQ(a->count[c].n[n], timed.count(count) ? COUNT_UNKNOWN : b->count[c].n[n])
                << "core " << a->core[c] << " " << count_name(count);
        }
    for (uint32_t l = 0; l < a->n_links; l++) {
        EXPECT_EQ(a->link[l].flits, b->link[l].flits) << l;
        EXPECT_EQ(a->link[l].payload_flits, b->link[l].payload_flits) << l;
        EXPECT_EQ(a->link[l].busy_cycles, b->link[l].busy_cycles) << l;
    }
    for (uint32_t l = 0; l < a->n_layers; l++) {
        EXPECT_EQ(a->layer[l].events, b->layer[l].events) << l;
        EXPECT_EQ(a->layer[l].deliveries, b->layer[l].deliveries) << l;
        EXPECT_EQ(a->layer[l].synaptic_ops, b->layer[l].synaptic_ops) << l;
    }
    expect_same_shares(a, b);
    for (uint32_t t = 0; t < a->n_steps; t++) {
        EXPECT_EQ(a->step[t].events, b->step[t].events) << t;
        EXPECT_EQ(a->step[t].input_events, b->step[t].input_events) << t;
        EXPECT_EQ(a->step[t].synaptic_ops, b->step[t].synaptic_ops) << t;
    }
}

// No bound is above the time it is a bound of.
inline void expect_bounds(const Trace *count, const Trace *event)
{
    const TraceBounds *bounds = count->bounds;
    uint64_t latency = 0;
    for (uint32_t t = 0; t < event->n_steps; t++) {
        const StepTimes *step = &event->step[t];
        latency += step->end_ps - step->start_ps;
        for (int b = 0; b < N_BOUNDS; b++)
            EXPECT_LE(bounds->step[t].ps[b], step->end_ps - step->start_ps)
                << bound_name(static_cast<Bound>(b)) << ", step " << t;
        EXPECT_LE(count->step[t].start_ps, step->start_ps) << t;
        EXPECT_LE(count->step[t].end_ps, step->end_ps) << t;
    }
    for (int b = 0; b < N_BOUNDS; b++)
        EXPECT_LE(bounds->run_ps[b], event->step[event->n_steps - 1].end_ps)
            << bound_name(static_cast<Bound>(b));
    EXPECT_LE(bounds->result_ps, event->step[event->n_steps - 1].end_ps);
    EXPECT_LE(count->end_ps, event->end_ps);
    EXPECT_LE(bounds->latency_ps, latency);
    EXPECT_GT(bounds->result_ps, 0U);
    const uint64_t n = event->n_steps;
    const uint64_t first = event->pipelined ? event->step[0].end_ps : 0;
    EXPECT_LE(bounds->period_ps * (n - 1),
              (event->step[n - 1].end_ps - first) * (event->pipelined ? 1 : n - 1));
}

#endif
