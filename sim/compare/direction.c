/* direction.c - which way each value of a run gets better.
 *
 * A table of patterns; the first that matches counts. What says how a network is laid out, or what
 * the network does by itself, gets neither better nor worse. Cost: O(rows x length) a name.
 */
#include "sim/compare.h"

typedef struct DirectionRow {
    const char *pattern;
    Direction direction;
    bool follows;
} DirectionRow;

static const DirectionRow ROW[] = {
    {"metrics.*.unit", DIRECTION_NONE, true},
    {"metrics.*.kind", DIRECTION_NONE, true},
    {"metrics.tokens_per_second*", DIRECTION_HIGHER, false},
    {"metrics.mac_reduction*", DIRECTION_HIGHER, false},
    {"metrics.price_share_*", DIRECTION_NONE, true},
    {"metrics.core_load_*", DIRECTION_NONE, true},
    {"metrics.weight_density", DIRECTION_NONE, false},
    {"metrics.activity*", DIRECTION_NONE, false},
    {"metrics.*", DIRECTION_LOWER, false},
    {"run.*_cycles", DIRECTION_LOWER, false},
    {"run.*overrun*", DIRECTION_LOWER, false},
    {"run.events_*", DIRECTION_LOWER, false},
    {"run.rows_missed*", DIRECTION_LOWER, false},
    {"run.saturated_inputs", DIRECTION_LOWER, false},
    {"run.run_ps", DIRECTION_LOWER, false},
    {"run.dram_*", DIRECTION_LOWER, false},
    {"run.*flit_hops", DIRECTION_LOWER, false},
    {"run.router_lookups", DIRECTION_LOWER, false},
    {"run.host_bits", DIRECTION_LOWER, false},
    {"mapping.table_entries_used", DIRECTION_LOWER, false},
    {"mapping.fullest_core", DIRECTION_NONE, false},
    {"mapping.fullest_*", DIRECTION_LOWER, false},
    {"mapping.most_system_bytes", DIRECTION_LOWER, false},
    {"layers.*.events_*", DIRECTION_LOWER, false},
    {"layers.*.deliveries", DIRECTION_LOWER, false},
    {"layers.*.synaptic_ops", DIRECTION_LOWER, false},
    {"layers.*.macs_*", DIRECTION_LOWER, false},
    {"layers.*_bytes", DIRECTION_LOWER, false},
    {"lower_bounds.*.run_ps", DIRECTION_LOWER, false},
    {"energy.*", DIRECTION_LOWER, true},
    {"cores.wait_cycles", DIRECTION_NONE, true},
    {"cores.sleep_cycles", DIRECTION_NONE, true},
    {"cores.high_*", DIRECTION_NONE, true},
    {"cores.*_pj", DIRECTION_LOWER, true},
    {"cores.*_cycles", DIRECTION_LOWER, false},
    {"cores.*_bytes", DIRECTION_LOWER, false},
    {"cores.events_lost", DIRECTION_LOWER, false},
    {"cores.events_late", DIRECTION_LOWER, false},
    {"cores.events_early", DIRECTION_LOWER, false},
    {"cores.events_in", DIRECTION_LOWER, true},
    {"cores.events_out", DIRECTION_NONE, true},
    {"cores.markers_*", DIRECTION_NONE, true},
    {"cores.synaptic_ops", DIRECTION_LOWER, false},
    {"cores.*_macs", DIRECTION_LOWER, false},
    {"cores.overruns", DIRECTION_LOWER, false},
    {"cores.fifo_high_packets", DIRECTION_LOWER, false},
    {"links.*flits", DIRECTION_LOWER, false},
    {"links.*_cycles", DIRECTION_LOWER, false},
    {"links.energy_pj", DIRECTION_LOWER, true},
    {"steps.*_at_*", DIRECTION_LOWER, true},
    {"steps.critical_core", DIRECTION_NONE, true},
    {"steps.latency_ps", DIRECTION_LOWER, false},
    {"steps.*_bound_ps", DIRECTION_LOWER, false},
    {"steps.*_ps", DIRECTION_NONE, true},
    {"steps.energy_pj", DIRECTION_LOWER, true},
    {"steps.synaptic_ops", DIRECTION_LOWER, false},
    {"steps.layer*_macs_*", DIRECTION_LOWER, false},
    {"steps.nll*", DIRECTION_LOWER, false},
};

/* An end of an interval gets better as its metric does. */
static bool is_end(const char *name)
{
    return glob_matches("metrics.*.low", name) || glob_matches("metrics.*.high", name);
}

Direction direction_of(const char *name, bool *follows)
{
    for (size_t i = 0; i < sizeof ROW / sizeof ROW[0]; i++) {
        if (!glob_matches(ROW[i].pattern, name))
            continue;
        *follows = ROW[i].follows || is_end(name);
        return ROW[i].direction;
    }
    *follows = false;
    return DIRECTION_NONE;
}
