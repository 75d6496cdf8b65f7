/* cmd_sim.c - `egret sim`: simulate a compiled program.
 *
 * The network serves as oracle (execute) or for its shapes and MACs (replay); it must be the one
 * that the program was compiled from.
 */
#include <inttypes.h>

#include "commands.h"
#include "job.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    {"network", 0, OPTION_VALUE, "NET", "the network that the program was compiled from"},
    OPTIONS_INPUT,
    OPTIONS_REPLAY,
    OPTION_RUN_DIRECTORY,
    OPTIONS_STATE,
    OPTIONS_QUANTIZE,
    OPTIONS_SIMULATION,
};

static Status load_program(Job *job, const char *path, Err *err)
{
    TRY(program_load(job->arena, path, &job->program, err));
    if (job->program->network_hash != job->network->hash) {
        err_set(err, STATUS_INPUT,
                "%s: compiled from network %s with hash %016" PRIx64
                "; expected %s with %016" PRIx64,
                path, job->program->network_name, job->program->network_hash, job->network->name,
                job->network->hash);
        err_hint(
            err,
            "the state rule and the precision count too: give the --carry and the --quantize that "
            "the program was compiled with");
        return STATUS_INPUT;
    }
    if (job->program->chip_hash != job->chip->hash) {
        err_set(err, STATUS_INPUT,
                "%s: compiled for chip %s with hash %016" PRIx64 "; expected %s with %016" PRIx64,
                path, job->program->chip_name, job->program->chip_hash, job->chip->name,
                job->chip->hash);
        err_hint(err, "--set counts too: give those that the program was compiled with");
        return STATUS_INPUT;
    }
    return program_check_on(job->program, job->topology, err);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *network;
    Job job;

    TRY(job_begin(arena, args, &job, err));
    TRY(args_need(args, "network", &network, err));
    TRY(job_load_chip(&job, err));
    TRY(job_load_network(&job, network, err));
    TRY(load_program(&job, args->operand[0], err));
    TRY(job_load_input(&job, args_text(args, "replay"), err));
    return job_finish(&job, err);
}

const CommandRow COMMAND_SIM = {
    .name = "sim",
    .operands = "PROGRAM --network NET --chip CHIP --input FILE [-o DIR]",
    .summary = "Simulate a compiled program (.egp) and report its cost per token.",
    .details = "Without --replay or --activity every core computes its part, and the result must\n"
               "equal the reference run of NET bit for bit.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "PROGRAM",
};
