/* reference_real.h - the reference run in one precision; see reference.c. */

#define Parameters REAL_NAME(Parameters)
#define Active REAL_NAME(Active)
#define LayerRun REAL_NAME(LayerRun)
#define add_active REAL_NAME(add_active)
#define add_recurrent REAL_NAME(add_recurrent)
#define add_row REAL_NAME(add_row)
#define collect REAL_NAME(collect)
#define make_active REAL_NAME(make_active)
#define make_layer REAL_NAME(make_layer)
#define read_input REAL_NAME(read_input)
#define run_all REAL_NAME(run_all)
#define run_step REAL_NAME(run_step)
#define step_layer REAL_NAME(step_layer)

typedef struct Parameters { /* of one layer */
    const REAL *input_weight, *recurrent_weight, *bias, *recurrent_bias, *threshold;
} Parameters;

typedef struct Active { /* what is not zero, ascending */
    uint32_t n;
    uint32_t *unit;
    REAL *value;
} Active;

typedef struct LayerRun {
    Parameters parameters;
    REAL *input, *recurrent;          /* [n_gates * n_units] sums */
    REAL *state, *events, *candidate; /* [n_units] */
    REAL *reset;                      /* [n_units], or NULL */
    Active active;                    /* events of the last finished step */
} LayerRun;

/* Room for n active sources. */
static Active make_active(Arena *arena, uint32_t n)
{
    return (Active){.unit = ARENA_ARRAY(arena, uint32_t, n), .value = ARENA_ARRAY(arena, REAL, n)};
}

/* Parameters, sums and states of a layer, states at zero. */
static LayerRun make_layer(Arena *arena, const Layer *layer, const LayerF64 *wide)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    return (LayerRun){
        .parameters =
            {
                .input_weight = REAL_NAME(values)(arena, layer->input.weight, wide->input_weight,
                                                  layer->input.n_nonzeros),
                .recurrent_weight =
                    REAL_NAME(values)(arena, layer->recurrent.weight, wide->recurrent_weight,
                                      layer->recurrent.n_nonzeros),
                .bias = REAL_NAME(values)(arena, layer->bias, wide->bias, n_sums),
                .recurrent_bias =
                    REAL_NAME(values)(arena, layer->recurrent_bias, wide->recurrent_bias, n_sums),
                .threshold = REAL_NAME(thresholds)(arena, layer, wide->raw_threshold),
            },
        .input = ARENA_ARRAY(arena, REAL, n_sums),
        .recurrent = ARENA_ARRAY(arena, REAL, n_sums),
        .state = ARENA_ARRAY(arena, REAL, n),
        .events = ARENA_ARRAY(arena, REAL, n),
        .candidate = ARENA_ARRAY(arena, REAL, n),
        .reset = layer->cell->reset_f32 == NULL ? NULL : ARENA_ARRAY(arena, REAL, n),
        .active = make_active(arena, n),
    };
}

/* sum[col] += weight * x over the columns begin .. end - 1 of one row. */
static void add_row(const SparseRows *rows, const REAL *weight, uint32_t row, REAL x,
                    Columns columns, REAL *restrict sum)
{
    const RowPart part = row_part(rows, row, columns);
    const bool is_full = part.end - part.begin == (uint64_t)columns.end - columns.begin;
    if (is_full) { /* hence contiguous */
        const REAL *from = weight + part.begin;
        REAL *to = sum + columns.begin;
        const uint64_t n = part.end - part.begin;
        for (uint64_t i = 0; i < n; i++) {
            const REAL product = from[i] * x;
            to[i] += product;
        }
        return;
    }
    for (uint64_t k = part.begin; k < part.end; k++) {
        const REAL product = weight[k] * x;
        sum[rows->col[k]] += product;
    }
}

/* The rows of all active sources, ascending. */
static void add_active(const SparseRows *rows, const REAL *weight, const Active *active,
                       Columns columns, REAL *sum)
{
    for (uint32_t i = 0; i < active->n; i++)
        add_row(rows, weight, active->unit[i], active->value[i], columns, sum);
}

/* The recurrent sums; where the cell gates events by source, the last gate sees them gated. */
static void add_recurrent(const Layer *layer, LayerRun *run)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    const REAL *weight = run->parameters.recurrent_weight;
    if (run->reset == NULL) {
        add_active(&layer->recurrent, weight, &run->active, (Columns){0, n_sums}, run->recurrent);
        return;
    }
    add_active(&layer->recurrent, weight, &run->active, (Columns){0, n_sums - n}, run->recurrent);
    layer->cell->REAL_NAME(reset)(n, run->input, run->recurrent, run->reset);
    for (uint32_t i = 0; i < run->active.n; i++) {
        const REAL gated = run->reset[run->active.unit[i]] * run->active.value[i];
        add_row(&layer->recurrent, weight, run->active.unit[i], gated,
                (Columns){n_sums - n, n_sums}, run->recurrent);
    }
}

/* One step of one layer: sums, then the cell. `begin` is the bias, or the table's row. Returns what
 * the cell saw. */
static CELL_STEP step_layer(const Layer *layer, const Active *input, const REAL *begin,
                            LayerRun *run)
{
    const uint32_t n_sums = layer->cell->n_gates * layer->n_units;
    memcpy(run->input, begin, n_sums * sizeof *run->input);
    memcpy(run->recurrent, run->parameters.recurrent_bias, n_sums * sizeof *run->recurrent);
    add_active(&layer->input, run->parameters.input_weight, input, (Columns){0, n_sums},
               run->input);
    add_recurrent(layer, run);
    const CELL_STEP step = {
        .n_units = layer->n_units,
        .input = run->input,
        .recurrent = run->recurrent,
        .threshold = run->parameters.threshold,
        .parameter = (REAL)layer->parameter,
        .state = run->state,
        .events = run->events,
        .candidate = run->candidate,
    };
    layer->cell->REAL_NAME(step)(&step);
    return step;
}

/* The events of the step, for the next layer, the next step and the trace. */
static void collect(uint32_t n_units, LayerRun *run, EventBuilder *builder)
{
    run->active.n = 0;
    for (uint32_t u = 0; u < n_units; u++) {
        if (run->events[u] == 0)
            continue;
        run->active.unit[run->active.n] = u;
        run->active.value[run->active.n++] = run->events[u];
        event_builder_add(builder, u, event_value((double)run->events[u]));
    }
    event_builder_next(builder);
}

/* The non-zero inputs of a step, in this precision. */
static void read_input(const InputStream *input, uint32_t step, float *narrow, Active *active)
{
    const Network *network = input->network;
    const size_t n_inputs = network->n_inputs;
    const double *wide = input->vector_f64 == NULL ? NULL : input->vector_f64 + step * n_inputs;
    if (input->token != NULL && network->f64 != NULL)
        wide = network->f64->embedding + input->token[step] * n_inputs;
    active->n = input_events(input, step, active->unit, narrow);
    for (uint32_t i = 0; i < active->n; i++)
        active->value[i] = REAL_NAME(pick)(narrow[i], wide, active->unit[i]);
}

/* One step of all layers. */
static void run_step(const Job *job, uint32_t step, LayerRun *layers, const Active *input)
{
    const Network *network = job->input->network;
    const bool restart = network->carry == CARRY_EVENTS && step % network->reset_steps == 0;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        const Layer *layer = &network->layer[i];
        LayerRun *run = &layers[i];
        if (restart)
            memset(run->state, 0, layer->n_units * sizeof *run->state);
        const REAL *begin =
            layer->folded ? REAL_NAME(table)(job->input, step) : run->parameters.bias;
        const CELL_STEP done = step_layer(layer, input, begin, run);
        mac_counter_add(job->counter, step, i, input->unit, input->n, run->active.unit,
                        run->active.n);
        collect(layer->n_units, run, job->builder);
        mac_counter_emitted(job->counter, i, run->active.n);
        REAL_NAME(watch)(job->options, step, i, &done);
        input = &run->active;
    }
}

/* The whole run; results go to the counter, the builder and the losses of the job. Steps done. */
static uint32_t run_all(Arena *scratch, const Job *job)
{
    static const LayerF64 NONE = {0};
    const Network *network = job->input->network;
    LayerRun *layers = ARENA_ARRAY(scratch, LayerRun, network->n_layers);
    for (uint32_t i = 0; i < network->n_layers; i++)
        layers[i] = make_layer(scratch, &network->layer[i],
                               network->f64 == NULL ? &NONE : &network->f64->layer[i]);
    Active input = make_active(scratch, network->n_inputs);
    float *narrow = ARENA_ARRAY(scratch, float, network->n_inputs);
    Scorer scorer = {0};
    if (job->step_nll != NULL)
        scorer = make_scorer(scratch, job);
    const uint32_t n_steps = job->input->n_steps;
    for (uint32_t step = 0; step < n_steps; step++) {
        read_input(job->input, step, narrow, &input);
        run_step(job, step, layers, &input);
        const Active *last = &layers[network->n_layers - 1].active;
        if (job->step_nll != NULL)
            score(&scorer, step, last->unit, last->value, last->n);
        if (job->options->progress != NULL &&
            !job->options->progress(job->options->progress_context, step + 1, n_steps))
            return step + 1;
    }
    return n_steps;
}

#undef Parameters
#undef Active
#undef LayerRun
#undef Scorer
#undef add_active
#undef add_recurrent
#undef add_row
#undef collect
#undef make_active
#undef make_layer
#undef read_input
#undef run_all
#undef run_step
#undef step_layer
#undef add_four
#undef add_one
#undef decode_block
#undef make_scorer
#undef negative_log
#undef score
#undef score_batch
#undef transpose
