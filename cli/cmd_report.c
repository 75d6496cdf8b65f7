/* cmd_report.c - `egret report`: print the report of a run directory again. */
#include "base/file.h"
#include "commands.h"
#include "sim/report.h"

static const OptionRow OPTIONS[] = {
    {"format", 'f', OPTION_VALUE, "text|json|csv",
     "the screen (default), report.json, or its metrics"},
};

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const char *const formats[] = {"text", "json", "csv"};
    static void (*const write[])(const Report *, FILE *) = {report_write_text, report_write_json,
                                                            report_write_metrics_csv};
    const char *path = args->operand[0];
    const Report *report;
    uint32_t format;

    TRY(args_choice(args, "format", formats, 3, 0, &format, err));
    if (file_is_folder(path))
        path = file_join(arena, path, "report.json");
    TRY(report_load(arena, path, &report, err));
    write[format](report, stdout);
    return STATUS_OK;
}

const CommandRow COMMAND_REPORT = {
    .name = "report",
    .operands = "DIR",
    .summary = "Print the report of a run directory (or a report.json) again.",
    .details = "",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "FILE|DIR",
};
