/* cmd_info.c - `egret info`: what is in any file of ours.
 *
 * Folders are told apart by the file that they hold, files by their first bytes or their names:
 * programs and event traces have a magic number, reports begin with a brace, tables end with .csv,
 * and what remains is a chip description, or the name of one.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "base/file.h"
#include "commands.h"
#include "info.h"
#include "base/number_text.h"

void info_program(const Program *program, FILE *stream)
{
    uint64_t n_slices = 0, n_weights = 0, image_bytes = 0, most_bytes = 0;

    for (uint32_t i = 0; i < program->n_cores; i++) {
        const CoreProgram *core = &program->core[i];
        uint64_t bytes = program_memory_bytes(core, 1);
        for (uint32_t j = 0; j < core->n_slices; j++)
            n_weights += core->slice[j].input.n_weights + core->slice[j].recurrent.n_weights;
        n_slices += core->n_slices;
        image_bytes += core->image_bytes;
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    fprintf(stream, "program        version %" PRIu32 ", hash %016" PRIx64 "\n",
            program->format_version, program->hash);
    fprintf(stream, "network        %s, hash %016" PRIx64 "\n", program->network_name,
            program->network_hash);
    fprintf(stream, "chip           %s, hash %016" PRIx64 "\n", program->chip_name,
            program->chip_hash);
    fprintf(stream, "cores          %" PRIu32 " with %" PRIu64 " slices, %s weights\n",
            program->n_cores, n_slices, number_text(n_weights).text);
    fprintf(stream, "memory         images %s bytes in all; fullest core %s bytes of data\n",
            number_text(image_bytes).text, number_text(most_bytes).text);
    fprintf(stream, "routes         %" PRIu64 "\n", program_entries(program));
    fprintf(stream, "input          %" PRIu32 " wide, state %s", program->n_inputs,
            program->reset_steps > 0 ? "restarts" : "carried on in full\n");
    if (program->reset_steps > 0)
        fprintf(stream, " every %" PRIu32 " steps\n", program->reset_steps);
    if (program->n_tokens > 0)
        fprintf(stream, "token rows     %s\n", number_text(program->n_tokens).text);
    if (program->dram_bytes > 0)
        fprintf(stream, "DRAM           %s bytes\n", number_text(program->dram_bytes).text);
    fprintf(stream, "layers         cell       inputs  units\n");
    for (uint32_t i = 0; i < program->n_layers; i++)
        fprintf(stream, "  %-12.12s %-10.10s %6" PRIu32 " %6" PRIu32 "\n", program->layer[i].name,
                program->layer[i].cell, program->layer[i].n_inputs, program->layer[i].n_units);
}

void info_events(const EventTrace *events, FILE *stream)
{
    fprintf(stream, "events         %s over %s steps, %s\n", number_text(events->n_events).text,
            number_text(events->n_steps).text, events->value ? "with values" : "pattern only");
    for (uint32_t layer = 0; layer < events->n_layers; layer++) {
        uint64_t sum = 0, most = 0;
        for (uint32_t step = 0; step < events->n_steps; step++) {
            uint32_t n = event_trace_count(events, step, layer);
            sum += n;
            most = n > most ? n : most;
        }
        fprintf(stream, "  layer %-8" PRIu32 " %s events, %.3f a step, at most %" PRIu64 "\n",
                layer, number_text(sum).text,
                events->n_steps > 0 ? (double)sum / (double)events->n_steps : 0, most);
    }
}

void info_report(const Report *report, FILE *stream)
{
    const ReportTexts *text = &report->text;

    fprintf(stream, "report         version %d, by egret %s\n", REPORT_FORMAT_VERSION,
            text->egret_version);
    fprintf(stream, "network        %s, hash %s\n", text->network, text->network_hash);
    fprintf(stream, "chip           %s, hash %s, point %s\n", text->chip, text->chip_hash,
            text->operating_point);
    fprintf(stream, "program        hash %s\n", text->program_hash);
    fprintf(stream, "input          %s, hash %s\n", text->input, text->input_hash);
    fprintf(stream, "run            %s of %s steps, engine %s, %s\n",
            number_text(report->run.simulated_steps).text,
            number_text(report->run.reference_steps).text, text->engine,
            report->run.executed ? "executed" : "replayed");
    fprintf(stream, "command        %s\n", text->options);
    fprintf(
        stream,
        "metrics                                       value         low ..        high  kind\n");
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        fprintf(stream, "  %-33s %-3s %12.6g %11.6g .. %11.6g  %s\n", metric->name,
                strcmp(metric->unit, "1") == 0 ? "" : metric->unit, metric->value, metric->low,
                metric->high, metric->counted ? "counted" : source_kind_name(metric->weakest));
    }
}

enum { MAGIC_BYTES = 8 };

typedef enum FileKind {
    KIND_NETWORK,
    KIND_RUN,
    KIND_PROGRAM,
    KIND_EVENTS,
    KIND_REPORT,
    KIND_TIMELINE,
    KIND_TABLE,
    KIND_NETWORK_FILE,
    KIND_OTHER
} FileKind;

static bool ends_with(const char *text, const char *end)
{
    size_t n_text = strlen(text), n_end = strlen(end);
    return n_text >= n_end && strcmp(text + n_text - n_end, end) == 0;
}

static FileKind kind_of_bytes(const char *bytes, size_t n_bytes, const char *path)
{
    if ((n_bytes >= MAGIC_BYTES && memcmp(bytes, "EGRETPRG", MAGIC_BYTES) == 0) ||
        ends_with(path, ".egp"))
        return KIND_PROGRAM;
    if ((n_bytes >= MAGIC_BYTES && memcmp(bytes, "egret-ev", MAGIC_BYTES) == 0) ||
        ends_with(path, ".egt"))
        return KIND_EVENTS;
    if (ends_with(path, "network.yaml") || ends_with(path, ".safetensors"))
        return KIND_NETWORK_FILE;
    if (ends_with(path, ".csv"))
        return n_bytes >= 4 && memcmp(bytes, "row,", 4) == 0 ? KIND_TIMELINE : KIND_TABLE;
    return (n_bytes > 0 && bytes[0] == '{') || ends_with(path, ".json") ? KIND_REPORT : KIND_OTHER;
}

static Status tell_kind(Arena *arena, const char *path, FileKind *out, Err *err)
{
    char bytes[MAGIC_BYTES] = {0};
    struct stat state;

    *out = KIND_OTHER;
    if (file_is_folder(path)) {
        *out = KIND_RUN;
        if (file_exists(file_join(arena, path, "network.yaml")))
            *out = KIND_NETWORK;
        else if (!file_exists(file_join(arena, path, "report.json")))
            return err_set(err, STATUS_INPUT,
                           "%s: neither network.yaml nor report.json is in this folder; expected a "
                           "network or run directory",
                           path);
        return STATUS_OK;
    }
    if (stat(path, &state) != 0 || !S_ISREG(state.st_mode))
        return STATUS_OK; /* perhaps the name of a chip; a pipe would block us */
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return STATUS_OK;
    size_t n_bytes = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    *out = kind_of_bytes(bytes, n_bytes, path);
    return STATUS_OK;
}

/* The folder that a file lies in. */
static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_text(arena, path, (size_t)(slash - path) + 1) : ".";
}

static Status show_network(Arena *arena, const char *folder, Err *err)
{
    const Network *network;

    TRY(network_load(arena, folder, &network, err));
    info_network(network, stdout);
    return STATUS_OK;
}

static Status show_report(Arena *arena, const char *path, Err *err)
{
    const Report *report;

    TRY(report_load(arena, path, &report, err));
    info_report(report, stdout);
    return STATUS_OK;
}

static Status show_timeline(Arena *arena, const char *path, Err *err)
{
    const Timeline *timeline;

    TRY(timeline_load(arena, path, &timeline, err));
    info_timeline(timeline, stdout);
    return STATUS_OK;
}

static Status show_table(Arena *arena, const char *path, Err *err)
{
    const CsvTable *table;

    TRY(csv_load(arena, path, &table, err));
    info_table(table, stdout);
    return STATUS_OK;
}

static Status show_program(Arena *arena, const char *path, Err *err)
{
    const Program *program;

    TRY(program_load(arena, path, &program, err));
    info_program(program, stdout);
    return STATUS_OK;
}

static Status show_events(Arena *arena, const char *path, Err *err)
{
    const EventTrace *events;

    TRY(event_trace_load(arena, path, &events, err));
    info_events(events, stdout);
    return STATUS_OK;
}

static Status show_chip(Arena *arena, const char *path, bool all_numbers, Err *err)
{
    const Chip *chip;

    TRY(chip_load(arena, path, chips_folder(arena), NULL, 0, &chip, err));
    info_chip(arena, chip, all_numbers, stdout);
    return STATUS_OK;
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *path = args->operand[0];
    FileKind kind;

    TRY(tell_kind(arena, path, &kind, err));
    switch (kind) {
    case KIND_NETWORK:
        return show_network(arena, path, err);
    case KIND_NETWORK_FILE:
        return show_network(arena, folder_of(arena, path), err);
    case KIND_RUN:
        return show_report(arena, file_join(arena, path, "report.json"), err);
    case KIND_REPORT:
        return show_report(arena, path, err);
    case KIND_TIMELINE:
        return show_timeline(arena, path, err);
    case KIND_TABLE:
        return show_table(arena, path, err);
    case KIND_PROGRAM:
        return show_program(arena, path, err);
    case KIND_EVENTS:
        return show_events(arena, path, err);
    case KIND_OTHER:
        break;
    }
    return show_chip(arena, path, args_flag(args, "verbose"), err);
}

const CommandRow COMMAND_INFO = {
    .name = "info",
    .operands = "FILE",
    .summary = "Tell what is in a file of Egret's.",
    .details = "FILE is a network directory, a run directory, a chip description or the name of a\n"
               "shipped one, a program, an event trace, a report or a table of a run directory.",
    .option = NULL,
    .n_options = 0,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "CHIP|FILE|DIR",
};
