// core_loss.c: FIFOs that lose events against a core that is looked at in every single cycle.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "base/rng.h"
#include "core_model.h"

namespace
{

struct Sent {
    uint64_t cycle;
    uint32_t cycles;
    bool closes;
};

struct Outcome {
    std::vector<bool> lost;
    uint64_t receive = 0, high = 0, last_end = 0;
    bool operator==(const Outcome &other) const
    {
        return lost == other.lost && receive == other.receive && high == other.high &&
               last_end == other.last_end;
    }
};

std::vector<Sent> random_packets(Rng *rng)
{
    std::vector<Sent> packets(10 + rng_below(rng, 80));
    const uint64_t gap = 1 + rng_below(rng, 8), most_cycles = 2 + rng_below(rng, 12);
    uint64_t cycle = 0;
    for (Sent &packet : packets) {
        cycle += rng_below(rng, gap);
        packet = {cycle, static_cast<uint32_t>(1 + rng_below(rng, most_cycles)),
                  rng_below(rng, 4) == 0};
    }
    return packets;
}

// In every cycle first what arrives, then what is taken out.
Outcome cycle_by_cycle(const std::vector<Sent> &packets, size_t limit, FifoFullPolicy policy)
{
    Outcome outcome;
    outcome.lost.resize(packets.size());
    std::deque<size_t> waiting;
    size_t next = 0;
    uint64_t busy = 0;
    for (uint64_t now = 0; next < packets.size() || !waiting.empty(); now++) {
        for (; next < packets.size() && packets[next].cycle == now; next++) {
            size_t victim = next;
            if (waiting.size() < limit || packets[next].closes) {
                waiting.push_back(next);
                continue;
            }
            if (policy == FIFO_FULL_OVERWRITE) {
                const auto oldest = std::find_if(waiting.begin(), waiting.end(),
                                                 [&](size_t i) { return !packets[i].closes; });
                if (oldest != waiting.end()) {
                    victim = *oldest;
                    waiting.erase(oldest);
                    waiting.push_back(next);
                }
            }
            outcome.lost[victim] = true;
        }
        if (busy == 0 && !waiting.empty()) {
            outcome.high = std::max<uint64_t>(outcome.high, waiting.size());
            busy = packets[waiting.front()].cycles;
            outcome.receive += busy;
            outcome.last_end = now + busy;
            waiting.pop_front();
        }
        busy -= busy > 0;
    }
    return outcome;
}

// Every packet is of a pair of its own, whose books tell whether it was lost.
Outcome in_chains(Arena *arena, const std::vector<Sent> &packets, uint32_t limit,
                  FifoFullPolicy policy, Rng *rng)
{
    const auto n = static_cast<uint32_t>(packets.size());
    Chip chip = {};
    chip.fifo_full = policy;
    CoreState state = {};
    Plan plan = {};
    plan.chip = &chip;
    plan.fifo_packets = limit;
    plan.n_steps = 2;
    plan.pair_source = ARENA_ARRAY(arena, uint32_t, n);
    StepTimes steps[2] = {};
    Tally tally = {};
    tally.step = steps;
    CoreModel cores = {};
    cores.plan = &plan;
    cores.tally = &tally;
    cores.lossy = true;
    cores.core = &state;
    cores.pair = ARENA_ARRAY(arena, CorePair, n);
    cores.lost = ARENA_ARRAY(arena, uint64_t, n);
    cores.first_use = ARENA_ARRAY(arena, uint32_t, n + 1);
    cores.rows = ARENA_ARRAY(arena, SourceRows, 1);
    fifo_init(arena, &state.fifo, n);
    state.fifo.origin = ARENA_ARRAY(arena, FifoOrigin, n);
    uint32_t next = 0;
    for (uint64_t now = 0; next < n || state.fifo.count > 0;) {
        now += 1 + rng_below(rng, 25);
        for (; next < n && packets[next].cycle < now; next++) {
            const uint32_t at = (state.fifo.first + state.fifo.count) % n;
            fifo_push(&state.fifo, packets[next].cycle, packets[next].cycles, 0);
            state.fifo.origin[at] = {next, 0, 0, packets[next].closes, packets[next].closes, 0};
        }
        EXPECT_EQ(loss_serve(&cores, 0, now), 0U);
    }
    Outcome outcome;
    uint64_t lost_cycles = 0;
    for (uint32_t i = 0; i < n; i++) {
        outcome.lost.push_back(cores.lost[i] > 0);
        lost_cycles += cores.lost[i] > 0 ? packets[i].cycles : 0;
    }
    EXPECT_EQ(steps[0].active_cycles + lost_cycles, 0U); // taken back from what was booked
    outcome.receive = state.fifo.receive_cycles;
    outcome.high = state.fifo.high;
    outcome.last_end = state.fifo.last_end;
    return outcome;
}

TEST(CoreLoss, ChainsLoseWhatLookingAtEveryCycleLoses)
{
    Arena *arena = arena_new();
    Rng rng = rng_make(11, 0);
    size_t n_lost = 0, n_closing = 0;
    for (int round = 0; round < 600; round++) {
        const std::vector<Sent> packets = random_packets(&rng);
        const auto limit = static_cast<uint32_t>(1 + rng_below(&rng, 6));
        const FifoFullPolicy policy = round % 2 ? FIFO_FULL_DROP : FIFO_FULL_OVERWRITE;
        const Outcome plain = cycle_by_cycle(packets, limit, policy);
        ASSERT_TRUE(in_chains(arena, packets, limit, policy, &rng) == plain) << "round " << round;
        for (size_t i = 0; i < packets.size(); i++) {
            n_lost += plain.lost[i];
            n_closing += plain.lost[i] && packets[i].closes;
        }
    }
    EXPECT_GT(n_lost, 1000U);
    EXPECT_EQ(n_closing, 0U);
    arena_free(arena);
}

} // namespace
