/* sparsity_point.c - see sparsity_point.h. Cost of a point: compiling, O(stored weights), and
 * deliveries times steps. */
#include "sparsity_point.h"

#include <math.h>

#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/quantize.h"
#include "models/reference.h"
#include "sim/report.h"
#include "sim/sim.h"

/* Steady steps: as many more as events are fewer, for figures as steady. */
static const double STEPS_TIMES_ACTIVITY = 4;
enum { MIN_STEPS = 4, MAX_STEPS = 30, SEED = 1 };

static const double PS_PER_US = 1e6;

Status machines_load(Arena *arena, const char *chip_name, const char *chip_folder, Machines *out,
                     Err *err)
{
    static const ChipSetting room[] = {{"core.data_bytes", "16777216"},
                                       {"core.system_bytes", "1048576"}};
    TRY(chip_load(arena, chip_name, chip_folder, NULL, 0, &out->chip, err));
    TRY(topology_build(arena, out->chip, &out->topology, err));
    TRY(chip_load(arena, chip_name, chip_folder, room, 2, &out->roomy, err));
    return topology_build(arena, out->roomy, &out->roomy_topology, err);
}

Status shape_network(Arena *arena, const Shape *shape, double density, Precision precision,
                     const Network **out, Err *err)
{
    const GenerateOptions options = {.name = shape->name,
                                     .cell = "egru",
                                     .n_sizes = shape->n_sizes,
                                     .size = shape->size,
                                     .density = density,
                                     .pick = PICK_EXACT,
                                     .threshold_mean = 0.01,
                                     .gain = 1.0,
                                     .seed = SEED};
    const QuantizeOptions quantize = {.scales = SCALES_PER_UNIT};
    TRY(network_generate(arena, &options, out, err));
    return network_quantize(arena, *out, precision, &quantize, out, err);
}

double shape_law_macs(const Shape *shape, uint32_t n_gates, double density, double activity)
{
    double in = 0, rest = 0;
    for (uint32_t l = 1; l < shape->n_sizes; l++) {
        const double targets = (double)n_gates * shape->size[l];
        *(l == 1 ? &in : &rest) += targets * shape->size[l - 1];
        rest += targets * shape->size[l];
    }
    return density * (in + activity * rest);
}

double shape_dense_macs(const Shape *shape, uint32_t n_gates)
{
    return shape_law_macs(shape, n_gates, 1, 1);
}

/* Where cores idle longer, a second mapping is tried: every core takes slices of all layers. */
static const double IDLE_TO_SHARE = 0.05;

/* One point on its way: rates as the compiler takes them, events drawn at them, the Program. */
typedef struct Job {
    Arena *arena;
    const Machines *machines;
    const Network *network;
    Point *point;
    UnitRates rates;
    const InputStream *input;
    const EventTrace *events;
    const ReferenceRun *macs;
    const Topology *topology;
    const Program *program;
} Job;

static const double *same_rate(Arena *arena, uint32_t n, double rate)
{
    double *rates = ARENA_ARRAY(arena, double, n);
    for (uint32_t i = 0; i < n; i++)
        rates[i] = rate;
    return rates;
}

static Status draw_events(Job *job, Err *err)
{
    const Network *network = job->network;
    Point *point = job->point;
    const double n = ceil(STEPS_TIMES_ACTIVITY / point->activity);
    point->n_steps = n < MIN_STEPS ? MIN_STEPS : n > MAX_STEPS ? MAX_STEPS : (uint32_t)n;
    double *rate = ARENA_ARRAY(job->arena, double, (size_t)network->n_layers + 1);
    const double **layer = ARENA_ARRAY(job->arena, const double *, network->n_layers);
    rate[0] = 1;
    for (uint32_t l = 0; l < network->n_layers; l++) {
        rate[l + 1] = point->activity;
        layer[l] = same_rate(job->arena, network->layer[l].n_units, point->activity);
    }
    job->rates = (UnitRates){same_rate(job->arena, network->n_inputs, 1), layer};
    const ActivityStatistics statistics = {.n_rates = network->n_layers + 1,
                                           .rate = rate,
                                           .n_steps = point->n_steps + 1,
                                           .seed = SEED};
    TRY(activity_draw(job->arena, network, &statistics, &job->input, &job->events, err));
    return reference_macs(job->arena, network, job->input, job->events, true, &job->macs, err);
}

/* Weights alone are more than all cores have room for: nothing need be tried. */
static bool is_too_large(const Job *job)
{
    const Chip *chip = job->machines->chip;
    const Network *network = job->network;
    const double room = (double)chip_usable_cores(chip) *
                        (chip->core.data_bytes.value - chip->software.stack_bytes.value);
    const double weight_bytes = precision_weight_bytes(network->precision), index_bytes = 1;
    double bytes = 0;
    for (uint32_t l = 0; l < network->n_layers; l++)
        bytes +=
            job->point->format == FORMAT_DENSE_MLA
                ? (double)network_dense_macs(&network->layer[l])
                : (double)network_sparse_macs(&network->layer[l]) * (weight_bytes + index_bytes);
    return bytes > room;
}

/* On the chip if it fits, else on the roomy one. */
static Status compile_point(Job *job, Err *err)
{
    const Machines *machines = job->machines;
    const CompileOptions options = {.format = (int32_t)job->point->format,
                                    .rates = &job->rates,
                                    .share_cores = job->point->share_cores};
    const CompileSummary *summary = NULL;
    Status status = STATUS_NO_FIT;
    job->topology = machines->topology;
    if (!is_too_large(job))
        status = compile(job->arena, machines->chip, machines->topology, job->network, &options,
                         &job->program, &summary, err);
    job->point->fits = status == STATUS_OK;
    if (status == STATUS_NO_FIT) {
        *err = (Err){.status = STATUS_OK};
        job->topology = machines->roomy_topology;
        status = compile(job->arena, machines->roomy, machines->roomy_topology, job->network,
                         &options, &job->program, &summary, err);
    }
    TRY(status);
    job->point->fullest_bytes = summary->busiest_data_bytes;
    job->point->n_cores = summary->n_cores;
    return STATUS_OK;
}

/* Whole-run sums of one replay. */
typedef struct Sums {
    double time_ps, energy_uj, array_uj, noc_uj, state_uj;
    double count[N_COUNTS], cycles;
} Sums;

static Status replay(const Job *job, uint32_t n_steps, Sums *out, Err *err)
{
    static const char *const state[] = {"energy_sleep_uj", "energy_floor_uj", "energy_dram_uj",
                                        "energy_extra_rail_uj"};
    const SimOptions options = {
        .mode = SIM_REPLAY, .arrival = ARRIVE_SEQUENTIAL, .n_steps = n_steps};
    const Trace *trace;
    const Report *report;
    TRY(sim_run(job->arena, job->program, job->topology, job->input, job->events, &options, &trace,
                err));
    const ReportInput in = {.program = job->program,
                            .topology = job->topology,
                            .network = job->network,
                            .input = job->input,
                            .reference = job->macs,
                            .latency = trace,
                            .version = "",
                            .precision = "",
                            .options = "sparsity"};
    TRY(report_build(job->arena, &in, &report, err));
    *out = (Sums){.cycles = (double)trace->run_cycles * trace->n_cores};
    out->energy_uj = report_metric(report, "energy_per_token_uj")->value * trace->n_steps;
    for (uint32_t i = 0; i < sizeof state / sizeof *state; i++)
        out->state_uj += report_metric(report, state[i])->value * trace->n_steps;
    out->noc_uj = (report_metric(report, "energy_noc_uj")->value +
                   report_metric(report, "energy_router_uj")->value) *
                  trace->n_steps;
    const Metric *array = report_metric(report, "energy_mac_array_uj");
    out->array_uj = array != NULL ? array->value * trace->n_steps : 0;
    for (uint32_t s = 0; s < trace->n_steps; s++)
        out->time_ps += (double)(trace->step[s].end_ps - trace->step[s].start_ps);
    for (uint32_t c = 0; c < trace->n_cores; c++)
        for (uint32_t i = 0; i < N_COUNTS; i++)
            out->count[i] += (double)trace->count[c].n[i];
    return STATUS_OK;
}

/* Cycles of a weight applied by a core in format source. */
static double synapse_cycles(const Chip *chip, Precision precision)
{
    return precision == PRECISION_FP32   ? chip->software.synapse_source_fp32_cycles.value
           : precision == PRECISION_BF16 ? chip->software.synapse_source_bf16_cycles.value
                                         : chip->software.synapse_int_cycles.value;
}

static void divide_cycles(const Chip *chip, const Network *network, const Sums *all,
                          const Sums *first, Point *point)
{
    double n[N_COUNTS];
    for (uint32_t i = 0; i < N_COUNTS; i++)
        n[i] = all->count[i] - first->count[i];
    const double cycles = all->cycles - first->cycles;
    const double weights = n[COUNT_SYNAPTIC_OPS] * synapse_cycles(chip, network->precision);
    double *share = point->share;
    share[SHARE_WEIGHTS] = weights / cycles;
    share[SHARE_PACKETS] = (n[COUNT_RECEIVE_CYCLES] - weights + n[COUNT_EMIT_CYCLES]) / cycles;
    share[SHARE_UPDATE] = n[COUNT_UPDATE_CYCLES] / cycles;
    share[SHARE_ARRAY] = n[COUNT_MAC_ARRAY_CYCLES] / cycles;
    share[SHARE_STALL] = n[COUNT_STALL_CYCLES] / cycles;
    share[SHARE_IDLE] = (n[COUNT_WAIT_CYCLES] + n[COUNT_SLEEP_CYCLES]) / cycles;
    for (uint32_t i = 0; i < N_CYCLE_SHARES; i++) /* the first run's end is not all in the other */
        share[i] = fmax(0, share[i]);
}

static Status run_mapping(Job *job, Err *err)
{
    Point *point = job->point;
    Sums all, first;
    TRY(compile_point(job, err));
    TRY(replay(job, 0, &all, err));
    TRY(replay(job, 1, &first, err));
    const double n = point->n_steps;
    point->latency_us = (all.time_ps - first.time_ps) / PS_PER_US / n;
    point->energy_uj = (all.energy_uj - first.energy_uj) / n;
    point->array_uj = (all.array_uj - first.array_uj) / n;
    point->noc_uj = (all.noc_uj - first.noc_uj) / n;
    point->state_uj = (all.state_uj - first.state_uj) / n;
    divide_cycles(job->machines->chip, job->network, &all, &first, point);
    return STATUS_OK;
}

static Status run_in(Job *job, Err *err)
{
    Point *point = job->point;
    const uint32_t n_layers = job->network->n_layers;
    TRY(draw_events(job, err));
    point->macs = 0;
    for (uint32_t i = n_layers; i < (point->n_steps + 1) * n_layers; i++)
        point->macs += (double)job->macs->step_macs[i].both / point->n_steps;
    TRY(run_mapping(job, err));
    if (point->share[SHARE_IDLE] < IDLE_TO_SHARE)
        return STATUS_OK;
    const Point own = *point;
    point->share_cores = true;
    TRY(run_mapping(job, err));
    if (own.latency_us <= point->latency_us)
        *point = own;
    return STATUS_OK;
}

Status point_run(const Machines *machines, const Network *network, Point *point, Err *err)
{
    Arena *arena = arena_new();
    Job job = {.arena = arena, .machines = machines, .network = network, .point = point};
    Status status = run_in(&job, err);
    arena_free(arena);
    return status;
}
