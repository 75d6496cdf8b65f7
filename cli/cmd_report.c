/* cmd_report.c - `egret report`: print the report of a run directory again, or its timeline. */
#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include <unistd.h>

#include "base/file.h"
#include "commands.h"
#include "sim/html.h"
#include "sim/perfetto.h"
#include "sim/report.h"
#include "terminal.h"

static const OptionRow OPTIONS[] = {
    {"format", 'f', OPTION_VALUE, "text|json|csv|html|perfetto",
     "the screen (default), report.json, its metrics, a page of\n"
     "the whole run, or the timeline as a trace for\n"
     "ui.perfetto.dev"},
    {"floor-plan", 0, OPTION_VALUE, "load|energy|memory|fifo",
     "instead the floor plan in characters: what cores do,\n"
     "take, hold, or how full their receive FIFO was"},
    {"output", 'o', OPTION_VALUE, "FILE", "write to this file instead of the screen"},
};

/* What was loaded: one of them. */
typedef struct Loaded {
    const Report *report;
    const PerfettoRun *trace;
    const RunView *view;
    uint32_t heat; /* of a floor plan */
} Loaded;

static Status load_report(Arena *arena, const char *path, Loaded *out, Err *err)
{
    if (file_is_folder(path))
        path = file_join(arena, path, "report.json");
    return report_load(arena, path, &out->report, err);
}

static Status load_trace(Arena *arena, const char *path, Loaded *out, Err *err)
{
    if (!file_is_folder(path) && file_exists(path))
        return err_set(err, STATUS_USAGE,
                       "%s: is a file; expected a run directory: a trace is made from its tables",
                       path);
    return perfetto_load(arena, path, &out->trace, err);
}

static Status load_view(Arena *arena, const char *path, Loaded *out, Err *err)
{
    if (!file_is_folder(path) && file_exists(path))
        return err_set(err, STATUS_USAGE,
                       "%s: is a file; expected a run directory: its tables are shown too", path);
    return run_view_load(arena, path, "", &out->view, err);
}

static void write_text(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    (void)scratch;
    report_write_text(loaded->report, stream);
}

static void write_json(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    (void)scratch;
    report_write_json(loaded->report, stream);
}

static void write_csv(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    (void)scratch;
    report_write_metrics_csv(loaded->report, stream);
}

static void write_perfetto(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    perfetto_write(scratch, loaded->trace, stream);
}

static void write_html(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    html_write(scratch, loaded->view, stream);
}

static void write_plan(Arena *scratch, const Loaded *loaded, FILE *stream)
{
    plan_text_write(scratch, loaded->view, loaded->heat, terminal_has_colour(stream), stream);
}

typedef struct Format {
    const char *name;
    bool binary;
    Status (*load)(Arena *arena, const char *path, Loaded *out, Err *err);
    void (*write)(Arena *scratch, const Loaded *loaded, FILE *stream);
} Format;

static const Format FORMATS[] = {
    {"text", false, load_report, write_text},       {"json", false, load_report, write_json},
    {"csv", false, load_report, write_csv},         {"html", false, load_view, write_html},
    {"perfetto", true, load_trace, write_perfetto},
};
static const Format FLOOR_PLAN = {"floor-plan", false, load_view, write_plan};
enum { N_FORMATS_KNOWN = sizeof FORMATS / sizeof FORMATS[0] };

/* What --format or --floor-plan asks for. */
static Status choose_format(const Args *args, Loaded *loaded, const Format **out, Err *err)
{
    const char *format[N_FORMATS_KNOWN], *heat[8];
    uint32_t n_heats = 0, i;

    for (i = 0; i < N_FORMATS_KNOWN; i++)
        format[i] = FORMATS[i].name;
    for (; plan_text_heat(n_heats) != NULL; n_heats++)
        heat[n_heats] = plan_text_heat(n_heats);
    TRY(args_choice(args, "format", format, N_FORMATS_KNOWN, 0, &i, err));
    TRY(args_choice(args, "floor-plan", heat, n_heats, 0, &loaded->heat, err));
    *out = args_text(args, "floor-plan") != NULL ? &FLOOR_PLAN : &FORMATS[i];
    if (*out == &FLOOR_PLAN && args_text(args, "format") != NULL)
        return err_set(err, STATUS_USAGE, "--floor-plan: together with --format; expected one");
    return STATUS_OK;
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *file = args_text(args, "output");
    const Format *format;
    FileWriter *writer;
    Loaded loaded = {0};

    TRY(choose_format(args, &loaded, &format, err));
    if (format->binary && file == NULL && isatty(STDOUT_FILENO))
        return err_set(err, STATUS_USAGE,
                       "--format: %s is no text; expected -o FILE, or a pipe behind it",
                       format->name);
    TRY(format->load(arena, args->operand[0], &loaded, err));
    if (file == NULL) {
        format->write(arena, &loaded, stdout);
        return STATUS_OK;
    }
    TRY(file_write_begin(arena, file, &writer, err));
    format->write(arena, &loaded, file_write_stream(writer));
    return file_write_commit(writer, err);
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
