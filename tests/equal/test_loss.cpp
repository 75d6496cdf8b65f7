// test_loss.cpp - receive FIFOs that lose events: what holds whatever is lost.
#include "sim_fixture.hpp"

namespace
{

class Loss : public SimTest
{
  protected:
    // The same random network, mapping and chip each time but for the policy and depth of its FIFOs.
    const Trace *run_with(uint64_t n, const std::string &policy, const std::string &packets,
                          SimMode mode)
    {
        use_chip(n % 2 ? "spinnaker2" : "tiny-2x2", {{"core.receive_fifo_full", policy},
                                                     {"core.receive_fifo_packets", packets},
                                                     {"core.inject_queue_packets", "2"},
                                                     {"core.data_bytes", "10000000"},
                                                     {"router.table_entries", "100000"}});
        use_network({20, 30, 25}, 0.4, 10, n);
        use_input(10, n);
        run_reference();
        use_random_program(n, 6);
        return simulate(mode, n % 3 ? ARRIVE_SEQUENTIAL : ARRIVE_PIPELINED);
    }
};

TEST_F(Loss, FifosThatNeverFillLoseNothing)
{
    for (uint64_t n = 0; n < 12; n++) {
        const Trace *stall = run_with(n, "stall", "4000", SIM_EXECUTE);
        for (const char *policy : {"drop", "overwrite"})
            for (SimMode mode : {SIM_EXECUTE, SIM_REPLAY}) {
                const Trace *trace = run_with(n, policy, "4000", mode);
                ASSERT_NE(trace, nullptr) << n << " " << policy << ": " << err.message;
                expect_equal(stall, trace);
            }
    }
}

TEST_F(Loss, EventsReceivedAndLostAddUpToThoseSent)
{
    uint64_t n_lost = 0;
    for (uint64_t n = 0; n < 30; n++) {
        const Trace *stall = run_with(n, "stall", "2", SIM_REPLAY);
        const uint64_t sent = total(stall, COUNT_EVENTS_IN);
        EXPECT_EQ(total(stall, COUNT_EVENTS_LOST), 0U);
        for (const char *policy : {"drop", "overwrite"}) {
            const Trace *trace = run_with(n, policy, "2", SIM_REPLAY);
            ASSERT_NE(trace, nullptr) << n << " " << policy << ": " << err.message;
            EXPECT_EQ(total(trace, COUNT_EVENTS_IN) + total(trace, COUNT_EVENTS_LOST), sent);
            EXPECT_EQ(total(trace, COUNT_MARKERS_IN), total(stall, COUNT_MARKERS_IN));
            n_lost += total(trace, COUNT_EVENTS_LOST);
        }
    }
    EXPECT_GT(n_lost, 1000U);
}

TEST_F(Loss, ExecutedRunsGoOnWithWhatArrivedAndCountWhatDiffers)
{
    uint64_t n_differing = 0;
    for (uint64_t n = 0; n < 30; n++)
        for (const char *policy : {"drop", "overwrite"}) {
            const Trace *trace = run_with(n, policy, "2", SIM_EXECUTE);
            ASSERT_NE(trace, nullptr) << n << " " << policy << ": " << err.message;
            EXPECT_EQ(trace->n_steps, 10U);
            for (uint32_t l = 0; l < trace->n_layers; l++)
                n_differing += trace->layer[l].differing;
            if (total(trace, COUNT_EVENTS_LOST) == 0) {
                EXPECT_EQ(trace->layer[0].differing + trace->layer[1].differing, 0U);
            }
            expect_equal(trace, run_with(n, policy, "2", SIM_EXECUTE));
        }
    EXPECT_GT(n_differing, 100U);
}

TEST_F(Loss, AnEngineWithoutTimeRefusesFifosThatLoseEvents)
{
    ASSERT_NE(run_with(1, "drop", "2", SIM_REPLAY), nullptr);
    options.engine = "count";
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_UNSUPPORTED);
    EXPECT_STREQ(err.message, "engine 'count' has no time axis, so it cannot tell which events a "
                              "full FIFO loses; expected core.receive_fifo_full: stall");
}

} // namespace
