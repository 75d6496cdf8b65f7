/* perfetto_power.c - power over time, from the lines of the energy ledger.
 *
 * A line counts time in a state, or work. What the states cost is drawn at any time; what a cycle
 * of a core at work costs, and the arrays' MACs, while a core or an array is at work: means over
 * the run, since the timeline does not say at which operating point a core was, or how many MACs a
 * job had. What flits, look-ups and bits cost is not in it: when they cost it is not known.
 * Cost: O(lines), O(rows + bins that they cover).
 */
#include <string.h>

#include "perfetto_private.h"

static const double PS_PER_S = 1e12;
static const double MW_OF_PJ_PER_PS = 1e3; /* 1 pJ / ps = 1 W */

/* Of the run with one token at a time. */
static bool is_line(const ReportEnergy *line, const char *part)
{
    return strcmp(line->scope, "run") == 0 && strcmp(line->of, "sequential") == 0 &&
           (part == NULL || strcmp(line->part, part) == 0);
}

/* What a cycle of an array takes: at two operating points, by the MACs done at each. */
static double array_cycle_ps(const Report *report)
{
    double macs = 0, ps = 0;

    for (uint32_t i = 0; i < report->n_levels; i++) {
        const ReportLevel *level = &report->level[i];
        macs += (double)level->array_macs;
        ps += (double)level->array_macs * PS_PER_S / (double)level->hz;
    }
    return macs > 0 ? ps / macs : PS_PER_S / (double)report->run.core_hz;
}

MeanPower perfetto_mean_power(const PerfettoRun *run)
{
    const Report *report = run->report;
    const double work_ps = (double)run->work_cycles * PS_PER_S / (double)report->run.core_hz;
    const double array_ps = (double)run->array_cycles * array_cycle_ps(report);
    double state_pj = 0, active_pj = 0, array_pj = 0;

    for (uint32_t i = 0; i < report->n_energy; i++) {
        const ReportEnergy *line = &report->energy[i];
        if (is_line(line, NULL) && strcmp(line->unit, "ps") == 0)
            state_pj += line->pj;
        if (is_line(line, "mac_array"))
            array_pj += line->pj;
        if (is_line(line, "active"))
            active_pj += line->pj;
    }
    return (MeanPower){
        .state_mw = MW_OF_PJ_PER_PS * state_pj / (double)report->run.run_ps,
        .core_mw = work_ps > 0 ? MW_OF_PJ_PER_PS * active_pj / work_ps : 0,
        .array_mw = array_ps > 0 ? MW_OF_PJ_PER_PS * array_pj / array_ps : 0,
    };
}

static bool works(const TimelineRow *row)
{
    return row->kind == TIMELINE_CORE &&
           (row->what == PHASE_RECEIVE || row->what == PHASE_UPDATE || row->what == PHASE_EMIT);
}

void perfetto_work(const Timeline *timeline, uint64_t begin_ps, uint64_t end_ps, uint32_t n_bins,
                   WorkBin *bin)
{
    const uint64_t width_ps = (end_ps - begin_ps + n_bins - 1) / n_bins;

    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        const bool array = row->kind == TIMELINE_ARRAY;
        if (!array && !works(row))
            continue;
        for (uint64_t at_ps = row->begin_ps; at_ps < row->end_ps && at_ps < end_ps;) {
            const uint64_t b = at_ps < begin_ps ? 0 : (at_ps - begin_ps) / width_ps;
            const uint64_t next_ps = begin_ps + (b + 1) * width_ps;
            const uint64_t to_ps = row->end_ps < next_ps ? row->end_ps : next_ps;
            if (b < n_bins && array)
                bin[b].array_ps += to_ps - at_ps;
            else if (b < n_bins)
                bin[b].core_ps += to_ps - at_ps;
            at_ps = to_ps;
        }
    }
}
