/* report.c - gathers what a run showed into one self-contained Report.
 *
 * Takes a ReportInput (program, network, reference run, traces), makes the Report: texts of
 * provenance, whole numbers of run, mapping and layers, the busiest core, and all metrics.
 * Prices are put on counts in report_price.c; text, JSON and CSV are written by report_text.c,
 * report_json.c and report_csv.c from the Report; report_read.c reads the JSON back.
 *
 * Nothing is recomputed here that another floor knows: the mapping is read off the Program, MACs
 * off the reference run, counts off the traces. Cost: O(cores + links + steps log steps + slices).
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "outcome.h"
#include "report_chip.h"
#include "report_private.h"
#include "sim/sim.h"

static const char *hash_digits(Arena *arena, uint64_t hash)
{
    return arena_printf(arena, "%016" PRIx64, hash);
}

/* Precision of the weights, for int8 with the rule of its scales. */
static const char *weights_text(const Network *network)
{
    if (network->int8 == NULL)
        return precision_name(network->precision);
    return network->int8->layer[0].n_scales == 1 ? "int8 per-layer" : "int8 per-unit";
}

/* Weights that quantisation rounded to zero. */
static uint64_t pruned_weights(const ReportInput *in)
{
    uint64_t n_before = 0, n_after = 0;

    if (in->unquantized == NULL)
        return 0;
    for (uint32_t i = 0; i < in->network->n_layers; i++) {
        const Layer *before = &in->unquantized->layer[i], *after = &in->network->layer[i];
        n_before += before->recurrent.n_nonzeros;
        n_after += after->recurrent.n_nonzeros;
        if (after->folded) /* its input weights went into token rows */
            continue;
        n_before += before->input.n_nonzeros;
        n_after += after->input.n_nonzeros;
    }
    return n_before - n_after;
}

static ReportTexts gather_texts(Arena *arena, const ReportInput *in)
{
    const Chip *chip = in->topology->chip;
    const SimEngine *engine;
    Err err;

    CHECK(sim_engine_find(in->latency->engine, &engine, &err) == STATUS_OK);
    ReportTexts text = {
        .egret_version = in->version,
        .chip = chip->name,
        .chip_hash = hash_digits(arena, chip->hash),
        .network = in->network->name,
        .network_hash = hash_digits(arena, in->network->hash),
        .program_hash = hash_digits(arena, in->program->hash),
        .mapping_hash = hash_digits(arena, report_mapping_hash(in->program)),
        .input = in->input->name,
        .input_hash = hash_digits(arena, in->input->hash),
        .engine = engine->name,
        .synchronisation = in->latency->sync,
        .leaves_out = engine->leaves_out,
        .operating_point =
            in->latency->auto_point ? CHIP_POINT_AUTO : chip->point[in->latency->point].name,
        .precision = in->precision,
        .weights = weights_text(in->network),
        .options = in->options,
    };
    return text;
}

/* Of the decoder on the chip. */
static uint64_t decoder_words(const Program *program)
{
    return program->has_decoder ? program->layer[program->n_layers - 1].n_units : 0;
}

static uint64_t decoder_cores(const Program *program)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < program->n_cores && program->has_decoder; i++)
        n += program->core[i].slice[program->core[i].n_slices - 1].decoder;
    return n;
}

static void gather_pipelined(const Trace *trace, ReportRun *run)
{
    run->overruns_pipelined = trace->ticks.overruns + trace->ticks.host_overruns;
    run->rows_missed_pipelined = trace->ticks.rows_missed;
    for (uint32_t l = 0; l < trace->n_layers; l++) {
        run->events_late_pipelined += trace->layer[l].late;
        run->events_early_pipelined += trace->layer[l].early;
    }
}

static ReportRun gather_run(const ReportInput *in)
{
    const Trace *trace = in->latency;
    ReportRun run = {
        .executed = trace->executed,
        .timed = trace->bounds == NULL,
        .draws = in->n_draws,
        .retimings = in->response ? in->response->n_runs : 0,
        .draw_seed = in->draw_seed,
        .seed = in->seed,
        .core_hz = trace->core_hz,
        .input_width = in->network->n_inputs,
        .words = in->network->n_words,
        .input_tokens = in->input->n_tokens,
        .unknown_words = in->input->n_unknown,
        .saturated_inputs = in->reference->n_saturated,
        .pruned_weights = pruned_weights(in),
        .reference_steps = in->reference->n_steps,
        .wanted_steps = in->wanted_steps ? in->wanted_steps : trace->n_steps,
        .simulated_steps = trace->n_steps,
        .interrupted = in->interrupted,
        .scored_tokens = in->reference->n_predictions,
        .run_cycles = trace->run_cycles,
        .run_ps = trace->end_ps,
        .supersteps = trace->n_supersteps,
        .barrier_ps = trace->barrier_ps,
        .ticks = trace->ticks.n_ticks,
        .tick_ps = trace->ticks.period_ps,
        .overruns = trace->ticks.overruns,
        .worst_overrun_ps = trace->ticks.worst_overrun_ps,
        .host_overruns = trace->ticks.host_overruns,
        .rows_missed = trace->ticks.rows_missed,
        .router_lookups = trace->router_lookups,
        .host_events_in = trace->host_events_in,
        .host_events_out = trace->host_events_out,
        .host_bits = trace->host_bits,
        .token_rows = in->program->n_tokens,
        .decoder_words = decoder_words(in->program),
        .decoder_cores = decoder_cores(in->program),
        .dram_reads = trace->dram_reads,
        .dram_bytes = trace->dram_bytes,
        .dram_busy_ps = trace->dram_busy_ps,
    };

    for (uint32_t i = 0; i < trace->n_links; i++) {
        bool is_frame = energy_is_frame_link(in->topology, i);
        run.flit_hops += is_frame ? 0 : trace->link[i].flits;
        run.payload_flit_hops += is_frame ? 0 : trace->link[i].payload_flits;
    }
    for (uint32_t c = 0; c < trace->n_cores; c++) {
        run.events_lost += trace->count[c].n[COUNT_EVENTS_LOST];
        run.events_late += trace->count[c].n[COUNT_EVENTS_LATE];
        run.events_early += trace->count[c].n[COUNT_EVENTS_EARLY];
    }
    if (in->throughput != NULL)
        gather_pipelined(in->throughput, &run);
    return run;
}

static uint64_t core_weights(const CoreProgram *core)
{
    uint64_t n_weights = 0;

    for (uint32_t i = 0; i < core->n_slices; i++)
        n_weights += core->slice[i].input.n_weights + core->slice[i].recurrent.n_weights;
    return n_weights;
}

static ReportMapping gather_mapping(const ReportInput *in)
{
    const Program *program = in->program;
    const Chip *chip = in->topology->chip;
    const CoreProgram *fullest = &program->core[0];
    ReportMapping mapping = {
        .cores_used = program->n_cores,
        .cores_usable = chip_usable_cores(chip),
        .cores_on_chip = chip->n_cores,
        .table_entries_used = program_fullest_table(program),
        .table_entries_available = cost_count(&chip->router.table_entries),
        .available_data_bytes = cost_count(&chip->core.data_bytes),
        .available_system_bytes = cost_count(&chip->core.system_bytes),
    };

    for (uint32_t i = 0; i < program->n_cores; i++) {
        const CoreProgram *core = &program->core[i];
        uint64_t system_bytes = program_memory_bytes(core, 0);
        if (system_bytes > mapping.most_system_bytes)
            mapping.most_system_bytes = system_bytes;
        if (program_memory_bytes(core, 1) > program_memory_bytes(fullest, 1))
            fullest = core;
    }
    mapping.fullest_core = fullest->core;
    mapping.fullest_weights = core_weights(fullest);
    mapping.fullest_weight_bytes =
        fullest->region_bytes[REGION_WEIGHTS] + fullest->region_bytes[REGION_INDICES];
    mapping.fullest_data_bytes = program_memory_bytes(fullest, 1);
    mapping.fullest_network_bytes =
        mapping.fullest_data_bytes - fullest->region_bytes[REGION_STACK];
    return mapping;
}

static void add_matrix(ReportLayer *row, const MatrixImage *matrix)
{
    uint64_t index_bits = (uint64_t)matrix->index_bytes * 8;

    row->source_matrices += matrix->format == FORMAT_SOURCE;
    row->target_matrices += matrix->format == FORMAT_TARGET;
    row->bitmap_matrices += matrix->format == FORMAT_BITMAP;
    row->dense_matrices += matrix->format == FORMAT_DENSE_MLA;
    if (index_bits > row->max_index_bits)
        row->max_index_bits = index_bits;
}

static void add_slice(ReportLayer *row, const SliceProgram *slice)
{
    row->slices++;
    if (row->slices == 1 || slice->n_units < row->min_units_per_slice)
        row->min_units_per_slice = slice->n_units;
    if (slice->n_units > row->max_units_per_slice)
        row->max_units_per_slice = slice->n_units;
    add_matrix(row, &slice->input);
    if (slice->decoder || !matrix_is_none(&slice->recurrent))
        add_matrix(row, &slice->recurrent);
}

static void add_slices(const Program *program, uint32_t layer, ReportLayer *row)
{
    for (uint32_t i = 0; i < program->n_cores; i++) {
        const CoreProgram *core = &program->core[i];
        uint64_t n_weights = 0, n_slices = row->slices;
        for (uint32_t j = 0; j < core->n_slices; j++) {
            if (core->slice[j].layer != layer)
                continue;
            add_slice(row, &core->slice[j]);
            n_weights += core->slice[j].input.n_weights + core->slice[j].recurrent.n_weights;
        }
        row->cores += row->slices > n_slices;
        if (n_weights > row->most_weights_on_a_core)
            row->most_weights_on_a_core = n_weights;
    }
}

static ReportLayer gather_layer(const ReportInput *in, uint32_t layer_idx)
{
    const Layer *layer = &in->network->layer[layer_idx];
    const LayerCounts *count = &in->latency->layer[layer_idx];
    const MacCounts *macs = &in->reference->layer_macs[layer_idx];
    ReportLayer row = {
        .name = layer->name,
        .cell = layer->cell->name,
        .inputs = layer->n_inputs,
        .units = layer->n_units,
        .dense_weights = network_dense_macs(layer),
        .stored_weights = network_sparse_macs(layer),
        .events = count->events,
        .deliveries = count->deliveries,
        .events_late = count->late,
        .events_early = count->early,
        .events_differing = count->differing,
        .synaptic_ops = count->synaptic_ops,
        .macs_dense = macs->dense,
        .macs_weight_sparse = macs->weight_sparse,
        .macs_activity_sparse = macs->activity_sparse,
        .macs_both = macs->both,
        .activity = in->reference->activity[layer_idx],
    };

    add_slices(in->program, layer_idx, &row);
    report_layer_memory(in->program, layer_idx, &row);
    return row;
}

static ReportCore find_busiest(const ReportInput *in)
{
    const Trace *trace = in->latency;
    const Chip *chip = in->topology->chip;
    uint32_t best = 0;

    for (uint32_t i = 1; i < trace->n_cores; i++)
        if (energy_active_cycles(&trace->count[i]) > energy_active_cycles(&trace->count[best]))
            best = i;
    Cell2d tile = chip->tile[trace->core[best] / chip->grid.cores_per_tile % chip->n_tiles];
    ReportCore core = {trace->core[best], tile.x, tile.y, trace->count[best]};
    return core;
}

static void set_count(Estimate *estimate, double value)
{
    estimate->value = estimate->low = estimate->high = value;
    estimate->counted = true;
    estimate->present = true;
}

/* From METRIC first on: dense, weight-sparse, activity-sparse, both, reduction. */
static void set_macs(Estimate *estimate, MacCounts sum, uint32_t n_steps)
{
    double steps = n_steps;

    set_count(&estimate[0], (double)sum.dense / steps);
    set_count(&estimate[1], (double)sum.weight_sparse / steps);
    set_count(&estimate[2], (double)sum.activity_sparse / steps);
    set_count(&estimate[3], (double)sum.both / steps);
    if (sum.both > 0)
        set_count(&estimate[4], (double)sum.dense / (double)sum.both);
}

static MacCounts add_macs(MacCounts a, const MacCounts *b)
{
    MacCounts sum = {a.dense + b->dense, a.weight_sparse + b->weight_sparse,
                     a.activity_sparse + b->activity_sparse, a.both + b->both};
    return sum;
}

static void count_metrics(const ReportInput *in, Estimate estimate[N_METRICS])
{
    const ReferenceRun *reference = in->reference;
    uint64_t dense = 0, stored = 0, events = 0, synaptic_ops = 0;
    uint64_t array_macs = energy_array_macs(in->latency);
    MacCounts sum = {0, 0, 0, 0};

    for (uint32_t i = 0; i < in->network->n_layers; i++) {
        dense += network_dense_macs(&in->network->layer[i]);
        stored += network_sparse_macs(&in->network->layer[i]);
        events += in->latency->layer[i].events;
        synaptic_ops += in->latency->layer[i].synaptic_ops;
        sum = add_macs(sum, &reference->layer_macs[i]);
    }
    set_macs(&estimate[METRIC_MACS_DENSE], sum, reference->n_steps);
    if (in->network->has_decoder)
        set_macs(&estimate[METRIC_DECODER_DENSE], add_macs(sum, &reference->decoder_macs),
                 reference->n_steps);
    if (in->program->n_tokens > 0) {
        const MacCounts *embedding = &reference->embedding_macs;
        set_count(&estimate[METRIC_EMBEDDING_DENSE], (double)embedding->dense / reference->n_steps);
        set_count(&estimate[METRIC_EMBEDDING_BOTH], (double)embedding->both / reference->n_steps);
    }
    if (in->program->n_tokens > 0 || in->program->has_decoder)
        set_count(&estimate[METRIC_DRAM_BYTES],
                  (double)in->latency->dram_bytes / in->latency->n_steps);
    if (in->program->has_decoder)
        set_count(&estimate[METRIC_DECODER_MACS],
                  (double)in->latency->layer[in->program->n_layers - 1].synaptic_ops /
                      in->latency->n_steps);
    set_count(&estimate[METRIC_SYNAPTIC_OPS], (double)synaptic_ops / in->latency->n_steps);
    if (array_macs > 0)
        set_count(&estimate[METRIC_ARRAY_MACS], (double)array_macs / in->latency->n_steps);
    set_count(&estimate[METRIC_EVENTS], (double)events / in->latency->n_steps);
    if (dense > 0)
        set_count(&estimate[METRIC_DENSITY], (double)stored / (double)dense);
    set_count(&estimate[METRIC_ACTIVITY], reference->mean_activity);
    if (reference->n_predictions > 0)
        set_count(&estimate[METRIC_PERPLEXITY], reference->perplexity);
    if (in->before != NULL && in->before->n_predictions > 0) {
        set_count(&estimate[METRIC_PERPLEXITY_BEFORE], in->before->perplexity);
        set_count(&estimate[METRIC_ACTIVITY_BEFORE], in->before->mean_activity);
    }
}

static void gather_bounds(Arena *arena, const ReportInput *in, Report *report)
{
    const TraceBounds *bounds = in->latency->bounds;
    if (bounds == NULL)
        return;
    ReportBound *bound = ARENA_ARRAY(arena, ReportBound, N_BOUNDS);
    for (Bound b = (Bound)0; b < N_BOUNDS; b++)
        bound[b] = (ReportBound){bound_name(b), bound_meaning(b), bounds->run_ps[b], 0,
                                 b == bounds->binding};
    for (uint32_t t = 0; t < in->latency->n_steps; t++)
        bound[bounds->step[t].binding].binding_steps++;
    report->n_bounds = N_BOUNDS;
    report->bound = bound;
}

static void fill_metrics(Arena *arena, const Estimate estimate[N_METRICS], Report *report)
{
    static const Metric row[N_METRICS] = {
#define X(ID, metric_name, metric_unit, metric_meaning) \
    {.name = #metric_name, .unit = metric_unit, .meaning = metric_meaning},
        METRIC_LIST(X)
#undef X
    };
    Metric *metric = ARENA_ARRAY(arena, Metric, N_METRICS);

    for (int i = 0; i < N_METRICS; i++) {
        if (!estimate[i].present)
            continue;
        Metric *out = &metric[report->n_metrics++];
        *out = row[i];
        if (!report->run.timed)
            out->meaning = arena_printf(
                arena, "%s%s", report_bound_side((MetricId)i, report->in.latency->auto_point),
                row[i].meaning);
        out->value = estimate[i].value;
        out->low = estimate[i].low;
        out->high = estimate[i].high;
        out->counted = estimate[i].counted;
        out->weakest = estimate[i].weakest;
    }
    report->metric = metric;
}

/* The parts of a report come from one program on one chip: the same cores, layers and links. */
static Status check_trace(const ReportInput *in, const Trace *trace, const char *which, Err *err)
{
    if (!trace)
        return STATUS_OK;
    if (trace->n_steps == 0 || trace->n_steps != in->latency->n_steps ||
        trace->n_steps > in->reference->n_steps || trace->n_cores != in->program->n_cores ||
        trace->n_cores == 0 ||
        trace->n_layers != in->network->n_layers + (in->program->has_decoder ? 1 : 0) ||
        trace->n_links != topology_all_links(in->topology) ||
        trace->point >= in->topology->chip->n_points)
        return err_set(err, STATUS_INPUT,
                       "report: the %s trace has %" PRIu32 " steps, %" PRIu32 " cores, %" PRIu32
                       " layers and %" PRIu32
                       " links; expected those of the program and 1 to %" PRIu32
                       " steps, as many in each trace",
                       which, trace->n_steps, trace->n_cores, trace->n_layers, trace->n_links,
                       in->reference->n_steps);
    return STATUS_OK;
}

static Status check_parts(const ReportInput *in, Err *err)
{
    CHECK(in->program && in->topology && in->network && in->input && in->reference && in->latency);
    CHECK(in->version && in->precision && in->options && in->options[0] != '\0');
    TRY(check_trace(in, in->latency, "latency", err));
    TRY(check_trace(in, in->throughput, "throughput", err));
    if (in->reference->n_layers != in->network->n_layers || in->reference->n_steps == 0)
        return err_set(err, STATUS_INPUT,
                       "report: the reference run has %" PRIu32 " layers and %" PRIu32
                       " steps; expected %" PRIu32 " layers and at least 1 step",
                       in->reference->n_layers, in->reference->n_steps, in->network->n_layers);
    return STATUS_OK;
}

Status report_build(Arena *arena, const ReportInput *in, const Report **out, Err *err)
{
    *out = NULL;
    TRY(check_parts(in, err));

    Report *report = ARENA_ARRAY(arena, Report, 1);
    ReportLayer *layer = ARENA_ARRAY(arena, ReportLayer, in->network->n_layers);
    ReportPrices prices = {0};

    report->in = *in;
    report->text = gather_texts(arena, in);
    report->run = gather_run(in);
    report->mapping = gather_mapping(in);
    report_plan(in->topology->chip, report);
    report->busiest = find_busiest(in);
    gather_bounds(arena, in, report);
    report_levels(arena, in->topology->chip, in->latency, report);
    report->n_layers = in->network->n_layers;
    for (uint32_t i = 0; i < report->n_layers; i++)
        layer[i] = gather_layer(in, i);
    report->layer = layer;
    report_price(arena, in, &prices);
    count_metrics(in, prices.estimate);
    fill_metrics(arena, prices.estimate, report);
    report->n_spreads = prices.n_spreads;
    report->spread = prices.spread;
    report_numbers(arena, in->topology->chip, report);
    report_energy(arena, in, report);
    *out = report;
    return STATUS_OK;
}

const Metric *report_metric(const Report *report, const char *name)
{
    for (uint32_t i = 0; i < report->n_metrics; i++)
        if (strcmp(report->metric[i].name, name) == 0)
            return &report->metric[i];
    return NULL;
}
