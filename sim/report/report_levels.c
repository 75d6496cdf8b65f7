/* report_levels.c - what the cores of a run did at each of the operating points between which they
 * changed.
 *
 * Takes a trace, makes two rows, slow and fast, summed over the cores. A core is at the slow point
 * first, so of its changes the odd ones are up. Cost: O(cores).
 */
#include "report_private.h"

static void add_core(const Trace *trace, uint32_t c, ReportLevel level[2])
{
    const uint64_t *n = trace->count[c].n;
    level[1].active_cycles += n[COUNT_HIGH_ACTIVE_CYCLES];
    level[1].cycles += n[COUNT_HIGH_CYCLES];
    level[1].array_macs += n[COUNT_HIGH_ARRAY_MACS];
    level[1].switches += (n[COUNT_LEVEL_SWITCHES] + 1) / 2;
    level[0].active_cycles += energy_active_cycles(&trace->count[c]) - n[COUNT_HIGH_ACTIVE_CYCLES];
    level[0].cycles += trace->run_cycles - n[COUNT_HIGH_CYCLES];
    level[0].array_macs += n[COUNT_MAC_ARRAY_MACS] - n[COUNT_HIGH_ARRAY_MACS];
    level[0].switches += n[COUNT_LEVEL_SWITCHES] / 2;
}

void report_levels(Arena *arena, const Chip *chip, const Trace *trace, Report *report)
{
    if (!trace->auto_point)
        return;
    ReportLevel *level = ARENA_ARRAY(arena, ReportLevel, 2);
    for (int i = 0; i < 2; i++) {
        const OperatingPoint *point = &chip->point[i == 0 ? 0 : trace->point];
        level[i] = (ReportLevel){.name = point->name, .hz = cost_count(&point->hz)};
        if (trace->bounds != NULL) /* nobody knows */
            level[i].active_cycles = level[i].cycles = level[i].array_macs = level[i].switches =
                COUNT_UNKNOWN;
    }
    for (uint32_t c = 0; trace->bounds == NULL && c < trace->n_cores; c++)
        add_core(trace, c, level);
    report->run.dvfs_packets = cost_count(&chip->software.dvfs_packets);
    report->n_levels = 2;
    report->level = level;
}
