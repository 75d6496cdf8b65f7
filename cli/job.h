/* job.h - what `run`, `compile` and `sim` share: from the command line to runs and their report. */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "args.h"
#include "compiler/compiler.h"
#include "models/input.h"
#include "sim/report.h"
#include "sim/sim.h"
#include "sim/timeline.h"

/* Rows of the tables of options, by what they are about. */
/* clang-format off */
#define OPTIONS_CHIP                                                                               \
    {"chip", 'c', OPTION_VALUE, "CHIP|FILE",                                                       \
     "chip description: a file, or the name of a shipped one\n"                                    \
     "(`egret help chips`)"},                                                                      \
    {"set", 's', OPTION_MANY, "KEY=VALUE", "override a number, as grid.usable_cores=150"}

#define OPTION_RUN_DIRECTORY                                                                       \
    {"output", 'o', OPTION_VALUE, "DIR",                                                           \
     "write the run directory (docs/results.md): page,\n"                                          \
     "report, tables, events and program"}

#define OPTIONS_STATE                                                                              \
    {"carry", 0, OPTION_VALUE, "network|full|events",                                              \
     "state rule: that of the network (default), all runs on, or\n"                                \
     "state restarts and events run on"},                                                          \
    {"reset-steps", 0, OPTION_VALUE, "N", "with --carry events: restart every N steps"}

#define OPTIONS_QUANTIZE                                                                           \
    {"quantize", 0, OPTION_VALUE, "fp32|bf16|int8",                                                \
     "weights in fp32, bf16 or int8 (then all is integer); with\n"                                 \
     "text the perplexity before is reported too"},                                                \
    {"scales", 0, OPTION_VALUE, "per-unit|per-layer",                                              \
     "of int8 weights: one for each gate of a unit (default), or\n"                                \
     "one for each layer"},                                                                        \
    {"full-scale", 0, OPTION_VALUE, "X",                                                           \
     "largest input value in int8 where inputs are vectors;\n"                                     \
     "larger ones saturate (default: 1)"},                                                         \
    {"fold-embedding", 0, OPTION_FLAG, NULL,                                                       \
     "input sums of the first layer from a table row a token in\n"                                 \
     "DRAM, not from events of the host"},                                                         \
    {"decoder", 0, OPTION_VALUE, "host|dram",                                                      \
     "where the decoder is computed: on the host (default), or by\n"                               \
     "the cores, from rows that they read from DRAM"}

#define OPTIONS_MAPPING                                                                            \
    {"objective", 0, OPTION_VALUE, "latency|throughput|energy|memory",                             \
     "what all choices are for (default: latency)"},                                               \
    {"split", 0, OPTION_VALUE, "auto|equal|balanced|shared|streaming|cluster",                     \
     "how units are dealt to cores (default: auto)"},                                              \
    {"rates", 0, OPTION_VALUE, "R,R,..|FILE",                                                      \
     "events a step that the compiler reckons with: rates of\n"                                    \
     "the input and of each layer, or of each unit from the\n"                                     \
     "events.egt of a run (default: those of the network)"},                                       \
    {"partition", 0, OPTION_VALUE, "FILE",                                                         \
     "cores as the file says: a part number for each unit of\n"                                    \
     "all layers, one a line (see compile --write-hgr)"},                                          \
    {"cores-per-layer", 0, OPTION_VALUE, "N,N,..", "cores of each layer (default: chosen)"},       \
    {"share-cores", 0, OPTION_FLAG, NULL,                                                          \
     "slices of all layers on all cores; with\n"                                                   \
     "--cores-per-layer on the most that any layer takes"},                                        \
    {"format", 0, OPTION_VALUE, "auto|source|target|bitmap|dense-mla",                             \
     "of the weights (default: auto, for each matrix what costs\n"                                 \
     "least and fits); dense-mla needs int8"},                                                     \
    {"index-bits", 0, OPTION_VALUE, "auto|8|16|32",                                                \
     "column indices of source and target (default: auto)"},                                       \
    {"placement", 0, OPTION_VALUE, "STRATEGY",                                                     \
     "sequential, snake, row-snake, near-router, hilbert, rcm,\n"                                  \
     "cluster (these take no time), auto (default: the best of\n"                                  \
     "these), force, anneal, scotch"},                                                             \
    {"effort", 0, OPTION_VALUE, "N",                                                               \
     "work of --placement anneal, 1 to 100000 (default: 100,\n"                                    \
     "about half a second)"},                                                                      \
    {"routing", 0, OPTION_VALUE, "negotiated|ner|ldf|xy",                                          \
     "multicast trees between routers (default: negotiated)"},                                     \
    {"tables", 0, OPTION_VALUE, "auto|raw|minimal",                                                \
     "routers' tables (default: auto, merge entries only where\n"                                  \
     "they do not fit)"}

#define OPTIONS_INPUT                                                                              \
    {"input", 'i', OPTION_VALUE, "FILE", "text, token ids (.ids) or vectors (.npy)"},              \
    {"activity", 0, OPTION_VALUE, "TEXT",                                                          \
     "statistics instead of an input, rates of the input and\n"                                    \
     "of each layer: \"rates=1,0.2,0.15,0.1 steps=100\" (also\n"                                   \
     "concentration=, seed=); their events are replayed"},                                         \
    {"steps", 'n', OPTION_VALUE, "N", "use the first N steps of the input"},                       \
    {"sim-steps", 0, OPTION_VALUE, "N",                                                            \
     "simulate only the first N; perplexity, activity and\n"                                       \
     "MACs cover all steps"}

#define OPTIONS_REPLAY                                                                             \
    {"replay", 0, OPTION_VALUE, "FILE", "replay the events of a run (events.egt)"}

#define OPTIONS_POINT                                                                              \
    {"point", 'p', OPTION_VALUE, "auto|NAME",                                                      \
     "operating point of all cores (default: the slowest); auto:\n"                                \
     "each changes between slowest and fastest by what it receives"}

#define OPTION_DRAWS                                                                               \
    {"draws", 0, OPTION_VALUE, "N",                                                                \
     "draws of the chip's numbers from their ranges, for 90 %\n"                                   \
     "intervals (default: 2000; 0: no intervals)"}

#define OPTION_DRAW_SEED {"draw-seed", 0, OPTION_VALUE, "N", "of the draws (default: 1)"}

#define OPTIONS_INTERVALS                                                                          \
    OPTION_DRAWS,                                                                                  \
    {"retimings", 0, OPTION_VALUE, "N",                                                            \
     "of these draws, simulated again, besides both ends of each\n"                                \
     "number (default: 12; 0: times stand at nominal numbers)"},                                   \
        OPTION_DRAW_SEED

#define OPTIONS_ENGINE                                                                             \
    {"fidelity", 'f', OPTION_VALUE, "count|event|flit",                                            \
     "how closely to simulate: totals and lower bounds on times,\n"                                \
     "no values; packets (default); links and routers on chip\n"                                   \
     "cycle by cycle; the report says what it leaves out"},                                        \
    {"sync", 0, OPTION_VALUE, "dataflow|barrier|tick",                                             \
     "what a step waits for: its inputs (default), that all\n"                                     \
     "cores are at rest, or nothing: it begins at its tick"},                                      \
    {"tick-ns", 0, OPTION_VALUE, "N", "period of --sync tick"},                                    \
    {"stall-limit", 0, OPTION_VALUE, "CYCLES",                                                     \
     "network cycles without progress that end a run with\n"                                       \
     "who waits for whom (default: 10000000)"},                                                    \
    OPTIONS_POINT

#define OPTIONS_SIMULATION                                                                         \
    OPTIONS_ENGINE,                                                                                \
    {"vcd", 0, OPTION_VALUE, "FILE",                                                               \
     "trace what the cores do, one token at a time, into a VCD\n"                                  \
     "file (docs/vcd.md); such a run takes longer"},                                               \
    {"vcd-cores", 0, OPTION_VALUE, "ID,ID,..", "only these cores (default: all in use)"},          \
    {"vcd-steps", 0, OPTION_VALUE, "FIRST:LAST", "only these steps (default: all simulated)"},     \
    {"timeline-steps", 0, OPTION_VALUE, "FIRST:LAST|none",                                         \
     "steps of timeline.csv, at most 32 (default: one of median\n"                                \
     "latency among the first 16)"},                                                               \
    {"timeline-cores", 0, OPTION_VALUE, "ID,ID,..",                                                \
     "only these cores in it (default: all in use)"},                                              \
    {"timeline-spans", 0, OPTION_VALUE, "N",                                                       \
     "about so many rows of cores in it at most; what is too short\n"                              \
     "is put together (default: 40000)"},                                                          \
    {"precision", 0, OPTION_VALUE, "fp32|fp64", "of the perplexity (default: fp32)"},              \
    {"no-pipelined", 0, OPTION_FLAG, NULL, "leave out the run for pipelined throughput"},          \
    OPTIONS_INTERVALS
/* clang-format on */

typedef struct Job {
    Arena *arena;     /* borrowed */
    const Args *args; /* borrowed */
    bool quiet, verbose;
    const Network *network;
    const Network *unquantized; /* what --quantize was applied to, else NULL */
    const Chip *chip;
    const Topology *topology;
    const Program *program;
    const CompileSummary *summary; /* of `run` and `compile` */
    const InputStream *input;
    const ActivityStatistics *statistics; /* of --activity, or NULL                      */
    const ReferenceRun *reference;
    const ReferenceRun *before; /* the same of `unquantized` if there is a text to score, or NULL */
    const EventTrace *expected; /* oracle, or what to replay */
    SimMode mode;
    const SimEngine *engine;
    SimSync sync;
    uint64_t tick_ns; /* of SYNC_TICK, else 0 */
    uint64_t stall_limit_cycles;
    uint32_t point;  /* of all cores; what the compiler reckons with, the slowest if they change */
    bool auto_point; /* each core changes between slowest and fastest                     */
    uint32_t n_sim_steps;
    bool pipelined;
    bool interrupted; /* by a signal, in the simulations                                  */
    uint32_t n_draws, n_retimings;
    uint64_t draw_seed;
    const char *precision;
    const char *output; /* folder, or NULL */
    uint64_t seed;
    SimVcd vcd;               /* of --vcd */
    const char *vcd_name;     /* its file when all is done, or NULL */
    TimelineOptions timeline; /* of timeline.csv ...                                 */
    bool has_timeline;        /* ... if there is one; its step is yet to be ...      */
    bool median_step;         /* ... picked                                          */
    const Trace *latency, *throughput;
    const Response *response; /* of both to numbers of the chip, or NULL */
} Job;

/* job_begin - arena, flags; checks options that need no file. */
Status job_begin(Arena *arena, const Args *args, Job *job, Err *err);

/* job_note - a line on stderr with --verbose. */
void job_note(const Job *job, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* job_load_network - with the state rule and the precision that the options ask for.
 * job_prepare_network - the same of a network that is there (job->network). */
Status job_load_network(Job *job, const char *folder, Err *err);
Status job_prepare_network(Job *job, Err *err);
Status job_load_chip(Job *job, Err *err);
/* job_read_compile - what the compiler is asked for. Errors: USAGE, those of its files.
 * job_compile - does it. */
Status job_read_compile(Job *job, CompileOptions *out, Err *err);
Status job_compile(Job *job, const char *dump, FILE *dump_stream, Err *err);

/* job_read_run - how to simulate: engine, synchronisation, operating point, intervals; network and
 * chip must be known. job_load_input - that, then input file or statistics; with `replay` the
 * events of an .egt file. */
Status job_read_run(Job *job, Err *err);
Status job_load_input(Job *job, const char *replay, Err *err);

/* job_check_options - ranges of numbers, and contradictions among options, as far as they show
 * before there is a network; the chip must be known. Errors: USAGE. */
Status job_check_options(Job *job, Err *err);

/* job_read_measured - --measure-activity; 0: not given. Errors: USAGE. */
Status job_read_measured(const Job *job, uint64_t *n_steps, Err *err);

/* job_read_rates - what the compiler is to reckon with (job_split.c); NULL: the network's own
 * figures. job_read_partition - --partition into the options. Errors: USAGE, INPUT (file:line),
 * IO. */
Status job_read_rates(Job *job, const UnitRates **out, Err *err);
Status job_read_partition(Job *job, CompileOptions *options, Err *err);

/* job_read_vcd - --vcd and what goes with it (job_vcd.c); input and engine must be known.
 * Errors: USAGE, IO. */
Status job_read_vcd(Job *job, Err *err);

/* job_read_steps - FIRST:LAST of the steps that are simulated, all if the option is not given.
 * Errors: USAGE. */
Status job_read_steps(const Job *job, const char *option, uint32_t *first, uint32_t *last,
                      Err *err);

/* job_read_timeline - --timeline-steps and what goes with it (job_timeline.c); input and engine
 * must be known. Errors: USAGE, INPUT (a core that is not in use). job_make_timeline - once the run
 * with one token at a time is made. Errors: INTERNAL, those of sim_run. */
Status job_read_timeline(Job *job, Err *err);
Status job_make_timeline(Job *job, const Timeline **out, Err *err);

/* job_read_draws - --draws, --draw-seed. job_read_intervals - these and --retimings. Errors:
 * USAGE. */
Status job_read_draws(Job *job, Err *err);
Status job_read_intervals(Job *job, Err *err);

/* job_read_point - --point; the chip must be known. Errors: USAGE. The compiler, which weighs
 * cores against one another, takes auto for the slowest point. */
Status job_read_point(Job *job, Err *err);

/* job_make_events - the reference run, or the MACs of the events to replay: then `expected` is
 * known. */
Status job_make_events(Job *job, Err *err);

/* job_simulate - what is in `options`, with the engine, synchronisation and operating point that
 * were asked for. Errors: those of sim_run. */
Status job_simulate(const Job *job, const Program *program, const Topology *topology,
                    SimOptions *options, Arena *arena, const Trace **out, Err *err);

/* job_simulate_all - one token at a time, pipelined, intervals: what was asked for. Errors: those
 * of sim_run; an interrupt is none. job_report - of what was simulated. Errors: those of
 * report_build. */
Status job_simulate_all(Job *job, Err *err);
Status job_report(Job *job, const Report **out, Err *err);

/* job_options_text - options that shape the result, in the order of the command's table; not
 * where files lie. */
const char *job_options_text(const Job *job);

/* job_finish - reference run (or the MACs of the events to replay), simulations, report; then the
 * files, if there is an output folder, and the screen. Nothing new is left behind on error. */
Status job_finish(Job *job, Err *err);

#endif
