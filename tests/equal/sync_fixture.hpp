// sync_fixture.hpp - random cases for the kinds of synchronisation, and what they have in common.
#ifndef TESTS_SYNC_FIXTURE_HPP
#define TESTS_SYNC_FIXTURE_HPP

#include "sim_fixture.hpp"

class SyncTest : public SimTest
{
  protected:
    // Chips with a central router, of a board and of a mesh, with short queues.
    void use_random_case(uint64_t seed, const std::string &on_full = "stall", uint32_t n_steps = 8)
    {
        static const char *const chips[] = {"tiny-2x2", "spinnaker2", "tiny-mesh", "tiny-board"};
        Rng rng = rng_make(seed, 21);
        const auto draw = [&rng](uint64_t least, uint64_t most) {
            return std::to_string(least + rng_below(&rng, most - least + 1));
        };
        use_chip(chips[seed % 4],
                 with_phits({{"core.receive_fifo_packets", draw(1, 12)},
                             {"core.receive_fifo_full", on_full},
                             {"core.inject_queue_packets", draw(1, 3)},
                             {"core.data_bytes", "10000000"},
                             {"router.table_entries", "100000"},
                             {"noc.buffer_flits", draw(1, 4)},
                             {"host.latency_ns", draw(0, 700)},
                             {"software.barrier_ns", seed % 5 == 0 ? "0" : draw(1, 3000)},
                             {"software.receive_event_cycles", draw(1, 30)}},
                            1 + seed / 4 % 4));
        std::vector<uint32_t> sizes;
        const uint64_t n_layers = 1 + rng_below(&rng, 3);
        for (uint64_t l = 0; l <= n_layers; l++)
            sizes.push_back(static_cast<uint32_t>(3 + rng_below(&rng, 25)));
        use_network(sizes, 0.1 + 0.6 * rng_uniform(&rng), n_steps, seed);
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
};

#endif
