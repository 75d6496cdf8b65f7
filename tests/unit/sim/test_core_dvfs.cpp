// core_dvfs.c: edges of the slow point against a count of them, and cores that change their operating
// point against one that is looked at in every single cycle of the fast clock.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/rng.h"
#include "core_fifo.h"
#include "wheel.h"

namespace
{

Dvfs make_dvfs(uint64_t low_hz, uint64_t high_hz, uint64_t switch_ps, uint64_t packets)
{
    const uint64_t common = std::gcd(low_hz, high_hz);
    Dvfs dvfs{};
    dvfs.low = clock_make(low_hz);
    dvfs.high = clock_make(high_hz);
    dvfs.edges = high_hz / common;
    dvfs.cycles = low_hz / common;
    dvfs.switch_ps = switch_ps;
    dvfs.packets = packets;
    return dvfs;
}

struct Rates {
    uint64_t low, high;
};
const Rates kRates[] = {{100000000, 200000000}, {100000000, 250000000}, {150000000, 150000000},
                        {100000000, 137000000}, {7000, 100000},         {299999000, 300000000}};

// Is cycle k of the slow point the one that begins at this edge? Edge n lies at n / high: the first
// that is not before k / low.
bool begins_slow_cycle(const Rates &rates, uint64_t edge)
{
    const uint64_t k = edge * rates.low / rates.high;
    for (uint64_t i = k; i <= k + 1; i++)
        if (edge * rates.low >= i * rates.high &&
            (edge == 0 || (edge - 1) * rates.low < i * rates.high))
            return true;
    return false;
}

TEST(CoreDvfs, SlowCyclesBeginAtTheFirstFastEdgeThatIsNotBeforeThem)
{
    for (const Rates &rates : kRates) {
        const Dvfs dvfs = make_dvfs(rates.low, rates.high, 0, 1);
        Counters count{};
        uint64_t receive_cycles = 0;
        DvfsCore core{};
        core.dvfs = &dvfs;
        core.count = &count;
        core.receive_cycles = &receive_cycles;
        uint64_t n_cycles = 0;
        for (uint64_t edge = 0; edge < 3000; edge++) {
            const bool begins = begins_slow_cycle(rates, edge);
            EXPECT_EQ(dvfs_edge(&core, edge) == edge, begins) << rates.high << " " << edge;
            if (!begins)
                continue;
            EXPECT_EQ(dvfs_work(&core, 0, n_cycles), edge) << rates.high;
            n_cycles++;
        }
        core.high = true;
        EXPECT_EQ(dvfs_edge(&core, 17), 17U);
        EXPECT_EQ(dvfs_work(&core, 17, 5), 22U);
    }
}

TEST(CoreDvfs, NothingDriftsAfterHoursOfSimulatedTime)
{
    const Dvfs dvfs = make_dvfs(299999000, 300000000, 0, 1);
    DvfsCore core{};
    core.dvfs = &dvfs;
    const uint64_t seconds = 36000; // of each: whole numbers of cycles of both clocks
    EXPECT_EQ(dvfs_work(&core, 0, seconds * 299999000), seconds * 300000000);
    EXPECT_EQ(dvfs_work(&core, seconds * 300000000, 299999), seconds * 300000000 + 300000);
}

struct Arrival {
    uint64_t cycle;
    uint32_t cycles, mark, task_cycles; // mark 2: an update of so many cycles follows
};

struct Totals {
    uint64_t receive = 0, idle = 0, slow = 0, change = 0, changes = 0, high = 0, end = 0;
    std::vector<uint64_t> marked_ends;
    bool operator==(const Totals &other) const
    {
        return receive == other.receive && idle == other.idle && slow == other.slow &&
               change == other.change && changes == other.changes && high == other.high &&
               end == other.end && marked_ends == other.marked_ends;
    }
};

std::vector<Arrival> random_arrivals(Rng *rng)
{
    std::vector<Arrival> arrivals(20 + rng_below(rng, 60));
    const uint64_t gap = 1 + rng_below(rng, 40), most_cycles = 1 + rng_below(rng, 12);
    uint64_t cycle = 0;
    for (Arrival &arrival : arrivals) {
        cycle += rng_below(rng, gap);
        arrival = {cycle, static_cast<uint32_t>(1 + rng_below(rng, most_cycles)),
                   static_cast<uint32_t>(rng_below(rng, 5) == 0 ? 1 + rng_below(rng, 2) : 0),
                   static_cast<uint32_t>(rng_below(rng, 30))};
    }
    arrivals.back().mark = 2;
    return arrivals;
}

Totals by_chain(const std::vector<Arrival> &arrivals, const Dvfs *dvfs)
{
    Arena *arena = arena_new();
    CoreFifo fifo;
    Counters count{};
    DvfsCore core{};
    Totals totals;
    fifo_init(arena, &fifo, static_cast<uint32_t>(arrivals.size()));
    core.dvfs = dvfs;
    core.count = &count;
    core.receive_cycles = &fifo.receive_cycles;
    fifo.dvfs = &core;
    dvfs_start(&core);
    for (const Arrival &arrival : arrivals)
        fifo_push(&fifo, arrival.cycle, arrival.cycles, arrival.mark);
    for (;;) {
        const uint64_t told = fifo_marked_end(&fifo, 3);
        const uint32_t mark = fifo_serve(&fifo, NEVER);
        if (mark == 0)
            break;
        EXPECT_EQ(told, fifo.free);
        totals.marked_ends.push_back(fifo.free);
        if (mark != 2)
            continue;
        dvfs_update(&core);
        const uint64_t begin = dvfs_begin(&core, fifo.free, 0);
        core.engaged = true;
        fifo.free = dvfs_end(&core, begin, arrivals[fifo.n_received - 1].task_cycles);
        fifo_idle(&fifo, fifo.free);
    }
    totals.end = fifo.free;
    dvfs_finish(&core, totals.end, &count);
    totals.receive = fifo.receive_cycles;
    totals.idle = fifo.idle_cycles;
    totals.slow = count.n[COUNT_SLOW_CYCLES];
    totals.change = count.n[COUNT_LEVEL_SWITCH_CYCLES];
    totals.changes = count.n[COUNT_LEVEL_SWITCHES];
    totals.high = count.n[COUNT_HIGH_CYCLES];
    arena_free(arena);
    return totals;
}

// One edge after the other.
struct EachCycle {
    const Rates &rates;
    const Dvfs *dvfs;
    Totals totals;
    uint64_t now = 0, received = 0;
    bool high = false;

    void step()
    {
        totals.high += high;
        now++;
    }

    void wait_for_edge(uint64_t *counter)
    {
        while (!high && !begins_slow_cycle(rates, now)) {
            ++*counter;
            step();
        }
    }

    void work(uint64_t cycles)
    {
        for (; cycles > 0; cycles--) {
            step();
            wait_for_edge(&totals.slow);
        }
    }

    void change(bool to_high)
    {
        const uint64_t from_ps = clock_edge_ps(&dvfs->high, now);
        const bool before = high;
        totals.changes++;
        high = true; // in both: until it has changed
        while (clock_edge_ps(&dvfs->high, now) < from_ps + dvfs->switch_ps) {
            totals.change++;
            step();
        }
        EXPECT_NE(before, to_high);
        while (!to_high && !begins_slow_cycle(rates, now)) {
            totals.change++;
            step();
        }
        high = to_high;
    }

    void fall() // nothing to do
    {
        if (dvfs->falls && high)
            change(false);
    }

    void rise(uint64_t packets) // something to do, after so many packets
    {
        if (dvfs->falls && !high && packets >= dvfs->packets)
            change(true);
    }

    void run(const std::vector<Arrival> &arrivals)
    {
        high = dvfs->packets == 0 && !dvfs->falls;
        for (const Arrival &arrival : arrivals) {
            if (now < arrival.cycle)
                fall();
            while (now < arrival.cycle) {
                totals.idle++;
                step();
            }
            wait_for_edge(&totals.idle);
            rise(received);
            totals.receive += arrival.cycles;
            work(arrival.cycles);
            received++;
            if (!dvfs->falls && !high && received >= dvfs->packets)
                change(true);
            if (arrival.mark)
                totals.marked_ends.push_back(now);
            if (arrival.mark != 2)
                continue;
            rise(received);
            received = 0;
            work(arrival.task_cycles);
            if (!dvfs->falls && high && received < dvfs->packets)
                change(false);
        }
        fall();
        totals.end = now;
    }
};

TEST(CoreDvfs, AChainIsThatOfACoreLookedAtInEveryCycle)
{
    uint64_t n_changes = 0;
    for (uint64_t seed = 0; seed < 1200; seed++) {
        Rng rng = rng_make(seed, 5);
        const Rates &rates = kRates[rng_below(&rng, 4)];
        Dvfs dvfs =
            make_dvfs(rates.low, rates.high, rng_below(&rng, 3) * 17300, rng_below(&rng, 9));
        dvfs.falls = seed >= 600;
        const std::vector<Arrival> arrivals = random_arrivals(&rng);
        EachCycle each{rates, &dvfs, {}};
        each.run(arrivals);
        const Totals chain = by_chain(arrivals, &dvfs);
        EXPECT_TRUE(chain == each.totals) << seed;
        n_changes += chain.changes;
        if (dvfs.falls) {
            EXPECT_EQ(chain.changes % 2, 0U) << seed; // it ends at the slow point
        }
    }
    EXPECT_GT(n_changes, 12000U);
}

} // namespace
