/* engine.c - table of engines, and what every run has in common: checks before and after, the
 * Trace.
 *
 * sim_run makes sure that program, chip, input and events belong together, builds the Machine in
 * memory of its own, lets the engine run it, checks conservation and copies the counts into the
 * caller's arena.
 * Cost: that of the engine plus O(program bytes) for the checks.
 */
#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "run_tables.h"
#include "traffic_counts.h"
#include "vcd_file.h"

typedef struct Engine {
    SimEngine about;
    Status (*run)(Machine *machine, Err *err); /* NULL: no machine, no time axis */
    NetworkMaker network;
} Engine;

/* From the coarsest to the finest. */
static const Engine engines[] = {
    {{"count", "closed form: every total, and lower bounds on times",
      "order, waiting and contention of packets: times are lower bounds, stalls and sleep unknown",
      false},
     NULL,
     NULL},
    {{"event", "transaction level: cores, FIFOs, links, routers, host; every packet and every gate",
      "SRAM bank conflicts, flits of token rows, errors on links, flow control of the host", true},
     engine_event_run,
     event_network},
    {{"flit",
      "cycle level: input buffers, credits and arbitration of each router on chip; else as event",
      "SRAM bank conflicts, flits of token rows, errors on links, flow control of the host", true},
     engine_event_run,
     flit_network},
};

enum { N_ENGINES = sizeof engines / sizeof *engines };

static const char *const DEFAULT_ENGINE = "event";

const SimEngine *sim_engine(uint32_t i)
{
    return i < N_ENGINES ? &engines[i].about : NULL;
}

static Status fail_unknown(const char *name, Err *err)
{
    char names[128] = "";
    for (uint32_t e = 0; e < N_ENGINES; e++) {
        size_t used = strlen(names);
        const char *before = e == 0 ? "" : e + 1 < N_ENGINES ? ", " : " or ";
        snprintf(names + used, sizeof names - used, "%s%s", before, engines[e].about.name);
    }
    return err_set(err, STATUS_UNSUPPORTED, "unknown engine '%s'; expected %s", name, names);
}

static Status find_engine(const char *name, const Engine **out, Err *err)
{
    const char *wanted = name == NULL ? DEFAULT_ENGINE : name;
    for (uint32_t e = 0; e < N_ENGINES; e++)
        if (strcmp(engines[e].about.name, wanted) == 0) {
            *out = &engines[e];
            return STATUS_OK;
        }
    return fail_unknown(wanted, err);
}

Status sim_engine_find(const char *name, const SimEngine **out, Err *err)
{
    const Engine *engine;
    *out = NULL;
    TRY(find_engine(name, &engine, err));
    *out = &engine->about;
    return STATUS_OK;
}

/* Units of every (step, layer) in range and ascending. */
static Status check_expected(const Program *program, const EventTrace *expected, uint32_t n_steps,
                             Err *err)
{
    for (uint32_t t = 0; t < n_steps; t++)
        for (uint32_t l = 0; l < program_layers(program); l++) {
            const uint32_t *unit = expected->unit + event_trace_first(expected, t, l);
            uint32_t n = event_trace_count(expected, t, l);
            for (uint32_t i = 0; i < n; i++)
                if (unit[i] >= program->layer[l].n_units || (i > 0 && unit[i] <= unit[i - 1]))
                    return err_set(
                        err, STATUS_INPUT,
                        "events of step %u, layer %u: unit %u; expected units below %u, ascending",
                        t, l, unit[i], program->layer[l].n_units);
        }
    return STATUS_OK;
}

/* Executed results of the decoder are compared with those of the network. */
static Status check_decoder(const Program *program, const SimOptions *options, Err *err)
{
    const Network *network = options->network;
    if (!program->has_decoder || options->mode != SIM_EXECUTE)
        return STATUS_OK;
    if (network == NULL || !network->decoder_on_chip ||
        network->n_words != program->layer[program->n_layers - 1].n_units ||
        network->layer[network->n_layers - 1].n_units !=
            program->layer[program->n_layers - 1].n_inputs ||
        network->precision != program->precision)
        return err_set(err, STATUS_INPUT,
                       "the program has a decoder; expected its network to compare with, with the "
                       "decoder on the chip");
    return STATUS_OK;
}

static Status check_together(const SimRun *run, Err *err)
{
    const Program *program = run->program;
    const Topology *topology = run->topology;
    const InputStream *input = run->input;
    const EventTrace *expected = run->expected;
    const SimOptions *options = run->options;
    uint32_t n_steps = options->n_steps ? options->n_steps : input->n_steps;
    if (!options->again)
        TRY(program_check_on(program, topology, err));
    if (options->point >= topology->chip->n_points)
        return err_set(err, STATUS_INPUT, "operating point %u; chip '%s' has %u", options->point,
                       topology->chip->name, topology->chip->n_points);
    if (options->auto_point && topology->chip->n_points < 2)
        return err_set(err, STATUS_INPUT,
                       "cores are to change their operating point; chip '%s' has one",
                       topology->chip->name);
    if (input->network != NULL && input->network->n_inputs != program->n_inputs)
        return err_set(err, STATUS_INPUT, "input '%s' has width %u; the program expects %u",
                       input->name, input->network->n_inputs, program->n_inputs);
    if (expected->n_layers != program_layers(program))
        return err_set(err, STATUS_INPUT, "events of %u layers; the program has %u",
                       expected->n_layers, program_layers(program));
    if (n_steps == 0)
        return err_set(err, STATUS_INPUT, "input '%s' has no steps; expected at least one",
                       input->name);
    if (n_steps > input->n_steps || n_steps > expected->n_steps)
        return err_set(err, STATUS_INPUT,
                       "%u steps wanted; input '%s' has %u and there are events of %u", n_steps,
                       input->name, input->n_steps, expected->n_steps);
    if (options->mode == SIM_EXECUTE && input->active_start != NULL)
        return err_set(
            err, STATUS_INPUT,
            "input '%s' is a pattern without values; execute mode needs values (replay does not)",
            input->name);
    if (options->mode == SIM_EXECUTE && expected->value == NULL && expected->n_events > 0)
        return err_set(
            err, STATUS_INPUT,
            "expected events have no values; execute mode compares values (replay does not)");
    TRY(sync_check(options, program, n_steps, err));
    TRY(check_decoder(program, options, err));
    return options->again ? STATUS_OK : check_expected(program, expected, n_steps, err);
}

static Trace *make_trace(Arena *arena, const Machine *machine, uint64_t end_ps, uint64_t run_cycles)
{
    Trace *trace = tally_trace(arena, &machine->tally, &machine->plan);
    trace->executed = machine->cores.execute;
    trace->pipelined = machine->host.pipelined;
    trace->n_supersteps = sync_supersteps(&machine->sync);
    trace->barrier_ps = machine->sync.waited_ps;
    trace->ticks.n_ticks = machine->sync.n_ticks;
    trace->ticks.period_ps = machine->sync.tick_ps;
    trace->dram_reads = machine->cores.dram.n_reads;
    trace->dram_bytes = machine->cores.dram.n_bytes;
    trace->dram_busy_ps = machine->cores.dram.busy_ps;
    trace->token_bytes = machine->cores.dram.token_bytes;
    trace->chip_dram_bytes = dram_chip_bytes(arena, &machine->cores.dram);
    trace->end_ps = end_ps;
    trace->run_cycles = run_cycles;
    trace->engine_events = machine_moves(machine);
    return trace;
}

static Status run_machine(Arena *scratch, Arena *arena, const Engine *engine, const SimRun *run,
                          Trace **out, Err *err)
{
    Machine *machine = ARENA_ARRAY(scratch, Machine, 1);
    uint64_t end_ps, run_cycles;
    TRY(machine_init(scratch, machine, run, err));
    TRY(engine->run(machine, err));
    TRY(machine_finish(machine, &end_ps, &run_cycles));
    const CoreModel *cores = &machine->cores;
    const EventTrace *sent = cores->own_events ? loss_sent_events(scratch, cores) : run->expected;
    traffic_counts(scratch, &machine->plan, run->input, sent, &machine->tally);
    if (!run->options->again)
        TRY(machine_check(scratch, machine, sent, run_cycles, err));
    *out = make_trace(arena, machine, end_ps, run_cycles);
    return STATUS_OK;
}

static Status run_in(Arena *scratch, Arena *arena, const Engine *engine, const SimRun *run,
                     const Trace **out, Err *err)
{
    Trace *trace;
    if (engine->run == NULL)
        TRY(engine_count_run(scratch, arena, run, &trace, err));
    else
        TRY(run_machine(scratch, arena, engine, run, &trace, err));
    trace->engine = engine->about.name;
    trace->point = run->options->point;
    trace->auto_point = run->options->auto_point;
    trace->sync = sim_sync_name(run->options->sync);
    *out = trace;
    return STATUS_OK;
}

SimTables *sim_tables_new(Arena *arena)
{
    SimTables *tables = ARENA_ARRAY(arena, SimTables, 1);
    tables->arena = arena;
    return tables;
}

Status sim_run(Arena *arena, const Program *program, const Topology *topology,
               const InputStream *input, const EventTrace *expected, const SimOptions *options,
               const Trace **out, Err *err)
{
    const Engine *engine;
    SimOptions chosen = *options;
    *out = NULL;
    if (options->auto_point) /* the cores' clock is that of the fastest */
        chosen.point = topology->chip->n_points - 1;
    TRY(find_engine(options->engine, &engine, err));
    if (!engine->about.timed && options->mode == SIM_EXECUTE)
        return err_set(err, STATUS_UNSUPPORTED,
                       "engine '%s' computes no values; expected to replay events",
                       engine->about.name);
    if (!engine->about.timed && options->sync != SYNC_DATAFLOW)
        return err_set(err, STATUS_UNSUPPORTED,
                       "engine '%s' has no time axis; expected synchronisation dataflow",
                       engine->about.name);
    if (options->vcd != NULL && (!engine->about.timed || options->observer != NULL))
        return err_set(err, STATUS_UNSUPPORTED,
                       "a trace of engine '%s'%s; expected an engine with a time axis, and no "
                       "observer",
                       engine->about.name, options->observer != NULL ? " with an observer" : "");
    SimRun run = {program, topology, input, expected, &chosen, engine->network};
    TRY(check_together(&run, err));
    if (engine->run == NULL && topology->chip->fifo_full != FIFO_FULL_STALL)
        return err_set(err, STATUS_UNSUPPORTED,
                       "engine '%s' has no time axis, so it cannot tell which events a full FIFO "
                       "loses; expected core.receive_fifo_full: stall",
                       engine->about.name);
    Arena *scratch = arena_new();
    if (program->has_decoder)
        run.expected = decoder_expected(
            scratch, program, options->mode == SIM_EXECUTE ? options->network : NULL, expected,
            options->n_steps ? options->n_steps : input->n_steps);
    Status status = run_in(scratch, arena, engine, &run, out, err);
    if (options->vcd != NULL)
        status = vcd_end(scratch, options->vcd, status, err);
    if (status != STATUS_OK)
        *out = NULL;
    arena_free(scratch);
    return status;
}
