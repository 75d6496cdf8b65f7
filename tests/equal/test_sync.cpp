// test_sync.cpp - whatever steps wait for, the same is computed and sent: barrier against dataflow.
#include "sim_fixture.hpp"

namespace
{

class SyncRandom : public SimTest, public ::testing::WithParamInterface<int>
{
  protected:
    // Chips with a central router, of a board and of a mesh, with short queues.
    void use_random_case(uint64_t seed)
    {
        static const char *const chips[] = {"tiny-2x2", "spinnaker2", "tiny-mesh", "tiny-board"};
        Rng rng = rng_make(seed, 21);
        const auto draw = [&rng](uint64_t least, uint64_t most) {
            return std::to_string(least + rng_below(&rng, most - least + 1));
        };
        use_chip(chips[seed % 4], {{"core.receive_fifo_packets", draw(1, 12)},
                                   {"core.inject_queue_packets", draw(1, 3)},
                                   {"core.data_bytes", "10000000"},
                                   {"router.table_entries", "100000"},
                                   {"noc.buffer_flits", draw(1, 4)},
                                   {"host.latency_ns", draw(0, 700)},
                                   {"software.barrier_ns", seed % 5 == 0 ? "0" : draw(1, 3000)},
                                   {"software.receive_event_cycles", draw(1, 30)}});
        std::vector<uint32_t> sizes;
        const uint64_t n_layers = 1 + rng_below(&rng, 3);
        for (uint64_t l = 0; l <= n_layers; l++)
            sizes.push_back(static_cast<uint32_t>(3 + rng_below(&rng, 25)));
        use_network(sizes, 0.1 + 0.6 * rng_uniform(&rng), 8, seed);
        use_random_program(seed, chip->grid.usable_cores / 2);
    }

    // All that does not depend on when things happen.
    static void expect_same_totals(const Trace *a, const Trace *b)
    {
        static const Count same[] = {
            COUNT_EVENTS_IN,        COUNT_EVENTS_OUT,      COUNT_MARKERS_IN,
            COUNT_MARKERS_OUT,      COUNT_SYNAPTIC_OPS,    COUNT_MAC_ARRAY_MACS,
            COUNT_UNIT_UPDATES,     COUNT_UPDATE_CYCLES,   COUNT_RECEIVE_CYCLES,
            COUNT_MAC_ARRAY_CYCLES, COUNT_SRAM_READ_BYTES, COUNT_EMIT_CYCLES,
            COUNT_SRAM_WRITE_BYTES};
        ASSERT_NE(a, nullptr);
        ASSERT_NE(b, nullptr);
        for (uint32_t c = 0; c < a->n_cores; c++)
            for (Count count : same)
                EXPECT_EQ(a->count[c].n[count], b->count[c].n[count]) << c << count_name(count);
        for (uint32_t l = 0; l < a->n_links; l++) {
            EXPECT_EQ(a->link[l].flits, b->link[l].flits) << l;
            EXPECT_EQ(a->link[l].payload_flits, b->link[l].payload_flits) << l;
        }
        for (uint32_t l = 0; l < a->n_layers; l++) {
            EXPECT_EQ(a->layer[l].deliveries, b->layer[l].deliveries) << l;
            EXPECT_EQ(a->layer[l].synaptic_ops, b->layer[l].synaptic_ops) << l;
        }
        for (uint32_t t = 0; t < a->n_steps; t++)
            EXPECT_EQ(a->step[t].events, b->step[t].events) << t;
        EXPECT_EQ(a->router_lookups, b->router_lookups);
        EXPECT_EQ(a->host_bits, b->host_bits);
    }

    // A step begins and ends in supersteps that are a barrier or more apart from those of others.
    void expect_supersteps(const Trace *trace) const
    {
        const uint64_t n = trace->n_steps, n_layers = trace->n_layers;
        const auto barrier_ps = static_cast<uint64_t>(chip->software.barrier_ns.value * 1000);
        EXPECT_STREQ(trace->sync, "barrier");
        EXPECT_EQ(trace->n_supersteps, trace->pipelined ? n + n_layers : n * (n_layers + 1));
        EXPECT_EQ(trace->barrier_ps, (trace->n_supersteps - 1) * barrier_ps);
        const uint64_t before = trace->pipelined ? n_layers + 1 : 1;
        for (uint64_t t = 1; t < n; t++) {
            EXPECT_GE(trace->step[t].start_ps, trace->step[t - 1].start_ps + barrier_ps) << t;
            EXPECT_GE(trace->step[t].end_ps, trace->step[t - 1].end_ps + barrier_ps) << t;
            EXPECT_GE(trace->step[t].end_ps, trace->step[t].start_ps + n_layers * barrier_ps) << t;
            if (t >= before) {
                EXPECT_GE(trace->step[t].start_ps, trace->step[t - before].end_ps + barrier_ps);
            }
            if (trace->pipelined && t >= n_layers) { // the same superstep
                EXPECT_LT(trace->step[t].start_ps, trace->step[t - n_layers].end_ps);
            }
        }
    }
};

TEST_P(SyncRandom, BarriersChangeTimesAndNothingElse)
{
    ASSERT_NO_FATAL_FAILURE(use_random_case(static_cast<uint64_t>(GetParam())));
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        options.sync = SYNC_DATAFLOW;
        const Trace *dataflow = simulate(SIM_EXECUTE, arrival);
        options.sync = SYNC_BARRIER;
        const Trace *barrier = simulate(SIM_EXECUTE, arrival); // equal to the reference, or fails
        ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, barrier));
        EXPECT_EQ(dataflow->n_supersteps, 0U);
        expect_supersteps(barrier);
        expect_equal(barrier, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = true;
        expect_equal(barrier, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = false;
        options.engine = "flit";
        const Trace *flit = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, flit));
        expect_supersteps(flit);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SyncRandom, ::testing::Range(0, 60));

} // namespace
