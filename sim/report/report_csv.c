/* report_csv.c - tables for other tools: metrics, cores, links and steps.
 *
 * RFC 4180 with a header line; texts that hold a comma or a quote are quoted. Whole numbers are
 * counts; energies have 15 significant digits. cores.csv has all columns of COUNT_LIST and the
 * bytes of every memory region; steps.csv has the times of both runs and the MACs of each layer
 * and step. Without a time axis times are lower bounds, of which steps.csv has all, and what
 * depends on time is left empty.
 *
 * Cost: O(size of the output).
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/csv_table.h"
#include "report_private.h"

/* ",N", or nothing behind the comma for what depends on time where there is none. */
static void write_count(FILE *stream, uint64_t value)
{
    fputc(',', stream);
    if (value != COUNT_UNKNOWN)
        fprintf(stream, "%" PRIu64, value);
}

void report_write_metrics_csv(const Report *report, FILE *stream)
{
    fputs("name,unit,value,low,high,kind,meaning\n", stream);
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        fprintf(stream, "%s,%s,%.15g,%.15g,%.15g,%s,", metric->name, metric->unit, metric->value,
                metric->low, metric->high,
                metric->counted ? "counted" : source_kind_name(metric->weakest));
        csv_write_text(stream, metric->meaning);
        fputc('\n', stream);
    }
}

static void write_slices(FILE *stream, const CoreProgram *core)
{
    uint64_t n_units = 0, n_weights = 0;

    for (uint32_t i = 0; i < core->n_slices; i++) {
        if (core->slice[i].decoder) {
            fputs(i > 0 ? "+decoder" : "decoder", stream);
            continue;
        }
        n_units += core->slice[i].n_units;
        n_weights += core->slice[i].input.n_weights + core->slice[i].recurrent.n_weights;
        fprintf(stream, "%s%" PRIu32, i > 0 ? "+" : "", core->slice[i].layer);
    }
    fprintf(stream, ",%" PRIu64 ",%" PRIu64, n_units, n_weights);
}

static void write_core_energy(const Report *report, uint32_t i, FILE *stream)
{
    uint64_t count[ENERGY_MAX_LINES] = {0};
    double part_pj[N_ENERGY_PARTS];

    energy_count_core(report->ledger, report->in.latency, i, count);
    const double sum_pj = energy_price(report->ledger, count, report->ledger->nominal, part_pj);
    fprintf(stream, ",%.15g,%.15g,%.15g,%.15g,%.15g\n", part_pj[ENERGY_ACTIVE],
            part_pj[ENERGY_MAC_ARRAY], part_pj[ENERGY_SLEEP], part_pj[ENERGY_LEVEL_SWITCH], sum_pj);
}

void report_write_cores_csv(const Report *report, FILE *stream)
{
    const Trace *trace = report->in.latency;
    const Chip *chip = report->in.topology->chip;

    CHECK(report->ledger != NULL);
    fputs("core,tile,x,y,layers,units,weights", stream);
    for (Region region = 0; region < N_REGIONS; region++)
        fprintf(stream, ",%s_bytes", region_name(region));
    for (Count count = 0; count < N_COUNTS; count++)
        fprintf(stream, ",%s", count_name(count));
    fputs(",active_pj,mac_array_pj,sleep_pj,level_switch_pj,energy_pj\n", stream);
    for (uint32_t i = 0; i < trace->n_cores; i++) {
        const CoreProgram *core = &report->in.program->core[i];
        uint32_t tile = trace->core[i] / chip->grid.cores_per_tile % chip->n_tiles;
        fprintf(stream, "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",", trace->core[i], tile,
                chip->tile[tile].x, chip->tile[tile].y);
        write_slices(stream, core);
        for (Region region = 0; region < N_REGIONS; region++)
            fprintf(stream, ",%" PRIu64, core->region_bytes[region]);
        for (Count count = 0; count < N_COUNTS; count++)
            write_count(stream, trace->count[i].n[count]);
        write_core_energy(report, i, stream);
    }
}

/* Nodes of a network-on-chip, chip by chip; routers of other links. */
static void link_ends(const Topology *topology, uint32_t link, uint32_t *from, uint32_t *to)
{
    uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
    if (link >= n_noc) {
        *from = topology->router_link[link - n_noc].from;
        *to = topology->router_link[link - n_noc].to;
        return;
    }
    uint32_t first = link / topology->n_links * (topology->n_tiles + topology->n_ports);
    *from = first + topology->link[link % topology->n_links].from;
    *to = first + topology->link[link % topology->n_links].to;
}

/* Kind of the link, chip of its begin, cells of its ends: tiles, cells of the router; or, of a link
 * between chips, the chips on their board. */
static void write_link_place(const Topology *topology, uint32_t link, FILE *stream)
{
    const Chip *chip = topology->chip;
    const uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
    const bool is_mesh = chip->fabric.routing == ROUTING_MESH;
    const char *kind = "noc";
    uint32_t of = 0;
    Cell2d end[2];

    if (link >= n_noc) {
        const RouterLink *router_link = &topology->router_link[link - n_noc];
        const Cell2d *cell = is_mesh ? chip->tile : chip->fabric.chip_cell;
        kind = is_mesh ? "mesh" : "board";
        of = is_mesh ? 0 : router_link->from;
        end[0] = cell[router_link->from];
        end[1] = cell[router_link->to];
    } else {
        const NocLink *noc_link = &topology->link[link % topology->n_links];
        const uint32_t node[2] = {noc_link->from, noc_link->to};
        of = link / topology->n_links;
        for (int e = 0; e < 2; e++)
            end[e] = node[e] < topology->n_tiles ? chip->tile[node[e]]
                                                 : topology->port_cell[node[e] - topology->n_tiles];
    }
    fprintf(stream, ",%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32, kind, of,
            end[0].x, end[0].y, end[1].x, end[1].y);
}

void report_write_links_csv(Arena *scratch, const Report *report, FILE *stream)
{
    const Trace *trace = report->in.latency;
    const Topology *topology = report->in.topology;

    CHECK(report->ledger != NULL);
    fputs("link,name,from_node,to_node,kind,chip,from_x,from_y,to_x,to_y,flits,payload_flits,"
          "busy_noc_cycles,stall_noc_cycles,energy_pj\n",
          stream);
    for (uint32_t i = 0; i < trace->n_links; i++) {
        const LinkCounts *link = &trace->link[i];
        uint64_t count[ENERGY_MAX_LINES] = {0};
        uint32_t from, to;
        energy_count_link(report->ledger, topology, trace, i, count);
        link_ends(topology, i, &from, &to);
        fprintf(stream, "%" PRIu32 ",", i);
        csv_write_text(stream, topology_link_name(scratch, topology, i));
        fprintf(stream, ",%" PRIu32 ",%" PRIu32, from, to);
        write_link_place(topology, i, stream);
        fprintf(stream, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, link->flits, link->payload_flits,
                link->busy_cycles);
        write_count(stream, link->stall_cycles);
        fprintf(stream, ",%.15g\n",
                energy_price(report->ledger, count, report->ledger->nominal, NULL));
    }
}

static void write_step_bounds(FILE *stream, const StepBounds *bounds)
{
    for (Bound b = (Bound)0; b < N_BOUNDS; b++)
        fprintf(stream, ",%" PRIu64, bounds->ps[b]);
    fprintf(stream, ",%s", bound_name(bounds->binding));
}

static void write_step_header(const Report *report, FILE *stream)
{
    fputs("step,start_ps,end_ps,latency_ps,critical_core,input_events,events,synaptic_ops", stream);
    for (uint32_t i = 0; i < report->n_bounds; i++)
        fprintf(stream, ",%s_bound_ps", report->bound[i].name);
    if (report->n_bounds > 0)
        fputs(",binding", stream);
    if (report->in.throughput)
        fputs(",pipelined_start_ps,pipelined_end_ps", stream);
    if (report->in.reference->step_macs)
        for (uint32_t i = 0; i < report->n_layers; i++)
            fprintf(stream, ",layer%" PRIu32 "_macs_activity_sparse,layer%" PRIu32 "_macs_both", i,
                    i);
    if (report->in.reference->step_nll)
        fputs(",nll_nats", stream);
    for (uint32_t i = 0; i < report->ledger->n_lines; i++)
        fprintf(stream, ",%s_at_%s", energy_unit_name(report->ledger->line[i].unit),
                report->ledger->line[i].key);
    fputs(",energy_pj", stream);
    fputc('\n', stream);
}

static void write_step_energy(const Report *report, uint32_t t, FILE *stream)
{
    const EnergyLedger *ledger = report->ledger;
    const uint64_t *count = &report->shares->step[(size_t)t * ledger->n_lines];

    for (uint32_t i = 0; i < ledger->n_lines; i++)
        fprintf(stream, ",%" PRIu64, count[i]);
    fprintf(stream, ",%.15g", energy_price(ledger, count, ledger->nominal, NULL));
}

void report_write_steps_csv(const Report *report, FILE *stream)
{
    const Trace *trace = report->in.latency, *pipelined = report->in.throughput;
    const ReferenceRun *reference = report->in.reference;

    CHECK(report->ledger != NULL);
    write_step_header(report, stream);
    for (uint32_t i = 0; i < trace->n_steps; i++) {
        const StepTimes *step = &trace->step[i];
        fprintf(stream, "%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, i, step->start_ps,
                step->end_ps, step->end_ps - step->start_ps);
        write_count(stream, trace->bounds ? COUNT_UNKNOWN : step->critical_core);
        fprintf(stream, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, step->input_events, step->events,
                step->synaptic_ops);
        if (trace->bounds)
            write_step_bounds(stream, &trace->bounds->step[i]);
        if (pipelined)
            fprintf(stream, ",%" PRIu64 ",%" PRIu64, pipelined->step[i].start_ps,
                    pipelined->step[i].end_ps);
        for (uint32_t layer = 0; reference->step_macs && layer < report->n_layers; layer++) {
            const MacCounts *macs = &reference->step_macs[(size_t)i * report->n_layers + layer];
            fprintf(stream, ",%" PRIu64 ",%" PRIu64, macs->activity_sparse, macs->both);
        }
        if (reference->step_nll)
            fputc(',', stream);
        if (reference->step_nll && i < reference->n_predictions)
            fprintf(stream, "%.15g", reference->step_nll[i]);
        write_step_energy(report, i, stream);
        fputc('\n', stream);
    }
}
