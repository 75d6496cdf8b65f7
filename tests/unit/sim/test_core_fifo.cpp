// core_fifo.c: chains of receives against a core that is looked at in every single cycle.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "base/rng.h"
#include "core_fifo.h"
#include "wheel.h"

namespace
{

struct Arrival {
    uint64_t cycle;
    uint32_t cycles, mark, task_cycles; // of what the owner does after a packet with a mark
};

struct Totals {
    uint64_t receive = 0, idle = 0, task = 0, high = 0;
    std::vector<uint64_t> marked_ends;
    bool operator==(const Totals &other) const
    {
        return receive == other.receive && idle == other.idle && task == other.task &&
               high == other.high && marked_ends == other.marked_ends;
    }
};

std::vector<Arrival> random_arrivals(Rng *rng)
{
    std::vector<Arrival> arrivals(20 + rng_below(rng, 60));
    const uint64_t gap = 1 + rng_below(rng, 12), most_cycles = 1 + rng_below(rng, 12);
    uint64_t cycle = 0;
    for (Arrival &arrival : arrivals) {
        cycle += rng_below(rng, gap);
        const bool marked = rng_below(rng, 6) == 0;
        arrival = {cycle, static_cast<uint32_t>(rng_below(rng, most_cycles + 1)),
                   marked ? static_cast<uint32_t>(1 + rng_below(rng, 3)) : 0,
                   marked ? static_cast<uint32_t>(rng_below(rng, 40)) : 0};
    }
    return arrivals;
}

// One cycle after the other: what ends, what arrives, what begins.
Totals cycle_by_cycle(const std::vector<Arrival> &arrivals, uint64_t end)
{
    Totals totals;
    std::deque<Arrival> waiting;
    size_t next = 0;
    uint64_t busy = 0, task = 0; // cycles left of a receive, of the owner's task after it
    bool marked = false;
    for (uint64_t now = 0; now < end;) {
        for (; next < arrivals.size() && arrivals[next].cycle <= now; next++)
            waiting.push_back(arrivals[next]);
        if (busy == 0 && marked) {
            totals.marked_ends.push_back(now);
            marked = false;
        }
        if (busy == 0 && task == 0 && !waiting.empty()) {
            totals.high = std::max<uint64_t>(totals.high, waiting.size());
            busy = waiting.front().cycles;
            task = waiting.front().task_cycles;
            marked = waiting.front().mark != 0;
            waiting.pop_front();
            totals.receive += busy;
            totals.task += task;
            if (busy == 0)
                continue; // over at once
        }
        if (busy > 0)
            busy--;
        else if (task > 0)
            task--;
        else
            totals.idle++;
        now++;
    }
    return totals;
}

// The same packets through a CoreFifo that is asked at random times, never about the future.
Totals in_chains(Arena *arena, const std::vector<Arrival> &arrivals, uint64_t end, Rng *rng)
{
    Totals totals;
    CoreFifo fifo;
    fifo_init(arena, &fifo, static_cast<uint32_t>(arrivals.size()));
    std::deque<uint32_t> tasks;
    size_t next = 0;
    for (uint64_t now = 0; now < end;) {
        now = std::min(end, now + 1 + rng_below(rng, 30));
        for (; next < arrivals.size() && arrivals[next].cycle < now; next++) {
            const Arrival &arrival = arrivals[next];
            fifo_push(&fifo, arrival.cycle, arrival.cycles, arrival.mark);
            if (arrival.mark)
                tasks.push_back(arrival.task_cycles);
        }
        for (;;) {
            const uint64_t marked_end = fifo_marked_end(&fifo, 3), begin = fifo_begin(&fifo);
            EXPECT_TRUE(marked_end == NEVER || begin <= marked_end);
            if (fifo_serve(&fifo, now) == 0)
                break;
            EXPECT_EQ(fifo.free, marked_end);
            totals.marked_ends.push_back(fifo.free);
            totals.task += tasks.front();
            fifo.free += tasks.front();
            tasks.pop_front();
        }
    }
    EXPECT_EQ(next, arrivals.size());
    EXPECT_EQ(fifo.count, 0U);
    EXPECT_EQ(fifo.n_received, arrivals.size());
    fifo_rest(&fifo, end);
    totals.receive = fifo.receive_cycles;
    totals.idle = fifo.idle_cycles;
    totals.high = fifo.high;
    return totals;
}

TEST(CoreFifo, ChainsGiveWhatLookingAtEveryCycleGives)
{
    Arena *arena = arena_new();
    Rng rng = rng_make(7, 0);
    for (int round = 0; round < 500; round++) {
        const std::vector<Arrival> arrivals = random_arrivals(&rng);
        uint64_t end = arrivals.back().cycle + 1;
        for (const Arrival &arrival : arrivals)
            end += arrival.cycles + arrival.task_cycles;
        const Totals plain = cycle_by_cycle(arrivals, end);
        ASSERT_EQ(plain.receive + plain.idle + plain.task, end);
        ASSERT_TRUE(in_chains(arena, arrivals, end, &rng) == plain) << "round " << round;
    }
    arena_free(arena);
}

// What is said of a packet before, while others are served in bits, is when it is taken out.
TEST(CoreFifo, BeginsThatAreKnownAheadComeTrue)
{
    Arena *arena = arena_new();
    Rng rng = rng_make(8, 0);
    int n_known = 0, n_unknown = 0;
    for (int round = 0; round < 300; round++) {
        const std::vector<Arrival> arrivals = random_arrivals(&rng);
        CoreFifo fifo;
        fifo_init(arena, &fifo, static_cast<uint32_t>(arrivals.size()));
        for (const Arrival &arrival : arrivals)
            fifo_push(&fifo, arrival.cycle, arrival.cycles, arrival.mark);
        std::vector<uint64_t> said(arrivals.size(), NEVER);
        uint32_t asked = 0; // the first of which nothing was said
        for (uint64_t now = 0; fifo.count > 0;) {
            asked = std::max(asked, static_cast<uint32_t>(fifo.n_received));
            for (uint64_t n = rng_below(&rng, 4); n > 0 && asked < arrivals.size(); n--) {
                const auto i = static_cast<uint32_t>(asked - fifo.n_received);
                const uint64_t begin = fifo_begin_of(&fifo, i, 2);
                bool marked = false;
                for (uint32_t k = 0; k < i; k++)
                    marked |= (arrivals[fifo.n_received + k].mark & 2) != 0;
                ASSERT_EQ(begin == NEVER, marked);
                ++(marked ? n_unknown : n_known);
                if (marked)
                    break;
                said[asked++] = begin;
            }
            const uint64_t next = fifo_begin(&fifo);
            if (said[fifo.n_received] != NEVER) {
                ASSERT_EQ(said[fifo.n_received], next) << "round " << round;
            }
            now = std::max(now, next) + 1;
            const uint64_t before = fifo.n_received;
            const uint32_t mark = fifo_serve(&fifo, now);
            ASSERT_GT(fifo.n_received, before);
            ASSERT_EQ(fifo.last_begin + arrivals[fifo.n_received - 1].cycles, fifo.free);
            if (mark & 2) // only now does the owner turn to something else
                fifo.free += arrivals[fifo.n_received - 1].task_cycles;
        }
    }
    EXPECT_GT(n_known, 5000);
    EXPECT_GT(n_unknown, 500);
    arena_free(arena);
}

TEST(CoreFifo, APacketThatBeginsAtTheEdgeItselfWaits)
{
    Arena *arena = arena_new();
    CoreFifo fifo;
    fifo_init(arena, &fifo, 2);
    EXPECT_EQ(fifo_begin(&fifo), NEVER);
    EXPECT_EQ(fifo_marked_end(&fifo, 3), NEVER);
    fifo_push(&fifo, 10, 5, 0);
    fifo_push(&fifo, 11, 5, 2);
    EXPECT_EQ(fifo_serve(&fifo, 10), 0U);
    EXPECT_EQ(fifo.count, 2U);
    EXPECT_EQ(fifo_marked_end(&fifo, 1), NEVER);
    EXPECT_EQ(fifo_marked_end(&fifo, 2), 20U);
    EXPECT_EQ(fifo_serve(&fifo, 15), 0U); // the second begins at 15
    EXPECT_EQ(fifo.count, 1U);
    EXPECT_EQ(fifo.idle_cycles, 10U);
    EXPECT_EQ(fifo_serve(&fifo, 16), 2U);
    EXPECT_EQ(fifo.free, 20U);
    EXPECT_EQ(fifo.high, 1U);
    arena_free(arena);
}

} // namespace
