/* cmd_run.c - `egret run`: compile a network onto a chip, simulate it, report what it costs. */
#include "commands.h"
#include "interrupt.h"
#include "job.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    OPTIONS_INPUT,
    OPTIONS_REPLAY,
    OPTION_RUN_DIRECTORY,
    OPTIONS_STATE,
    OPTIONS_QUANTIZE,
    OPTIONS_MAPPING,
    {"measure-activity", 0, OPTION_VALUE, "N",
     "the compiler reckons with the rates of each unit in a\n"
     "reference run of the first N steps of the input"},
    OPTIONS_SIMULATION,
};

static Status run(Arena *arena, const Args *args, Err *err)
{
    Job job;

    TRY(job_begin(arena, args, &job, err));
    TRY(job_load_chip(&job, err));
    TRY(job_load_network(&job, args->operand[0], err));
    TRY(job_load_input(&job, args_text(args, "replay"), err));
    interrupt_watch();
    TRY(job_compile(&job, NULL, NULL, err));
    return job_finish(&job, err);
}

const CommandRow COMMAND_RUN = {
    .name = "run",
    .operands = "NET --chip CHIP --input FILE [-o DIR]",
    .summary = "Compile the network NET onto a chip, simulate it, report its cost per token.",
    .details =
        "Every core computes its part from its own memory and from the packets that reached\n"
        "it; the result must equal the reference run bit for bit. With --replay or --activity\n"
        "no weight is touched: record once, re-time on any chip and mapping.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "NET",
};
