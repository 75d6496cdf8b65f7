/* cmd_help.c - `egret help`: commands, chips; manual pages and completion for those who install. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/chip.h"
#include "base/file.h"
#include "base/room.h"
#include "base/yaml_doc.h"
#include "commands.h"
#include "help.h"
#include "output.h"

static const OptionRow OPTIONS[] = {
    {"man", 0, OPTION_VALUE, "DIR", "write the manual pages there: egret.1, egret-run.1, .."},
    {"completion", 0, OPTION_VALUE, "bash|zsh",
     "print the script by which a shell completes Egret's words"},
};

static const char TOPIC_CHIPS[] = "chips";

Status command_fail(const char *name, Err *err)
{
    const char *names[64];
    uint32_t n_commands, n_names = 0;
    const CommandRow *const *command = command_list(&n_commands);

    for (uint32_t i = 0; i < n_commands && i < sizeof names / sizeof names[0]; i++)
        names[n_names++] = command[i]->name;
    const char *nearest = yaml_nearest(name, names, n_names);
    err_set(err, STATUS_USAGE, "%s: unknown command; expected a command as first word", name);
    if (nearest)
        err_hint(err, "did you mean `egret %s`?", nearest);
    else
        err_hint(err, "`egret help` lists them");
    return STATUS_USAGE;
}

/* ---- chips -------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the files *.yaml of a folder, without the ending, sorted. */
static Status list_chips(Arena *arena, const char *folder, uint32_t *n_out, const char ***out,
                         Err *err)
{
    static const char ending[] = ".yaml";
    DIR *stream = opendir(folder);
    uint32_t n = 0, room = 0;
    const char **name = NULL;

    if (!stream)
        return err_set(err, STATUS_IO, "%s: cannot read: %s; expected the folder of the chips",
                       folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const size_t n_bytes = strlen(entry->d_name), n_ending = sizeof ending - 1;
        if (n_bytes <= n_ending || strcmp(entry->d_name + n_bytes - n_ending, ending) != 0)
            continue;
        name = room_for_one(arena, name, n, &room, sizeof *name);
        name[n++] = arena_text(arena, entry->d_name, n_bytes - n_ending);
    }
    closedir(stream);
    if (n > 0)
        qsort(name, n, sizeof *name, by_name);
    *n_out = n;
    *out = name;
    return STATUS_OK;
}

static Status show_chips(Arena *arena, Err *err)
{
    const char *folder = chips_folder(arena);
    const char **name = NULL;
    uint32_t n_chips = 0;

    TRY(list_chips(arena, folder, &n_chips, &name, err));
    for (uint32_t i = 0; i < n_chips; i++) {
        const Chip *chip;
        TRY(chip_load(arena, name[i], folder, NULL, 0, &chip, err));
        printf("%-16s %6u cores  %s\n", name[i], chip->n_cores, chip->description);
    }
    return STATUS_OK;
}

/* ---- manual pages -------------------- */

static void write_page(Arena *scratch, const void *context, FILE *stream)
{
    (void)scratch;
    if (context)
        manual_write_command(context, stream);
    else
        manual_write_overview(stream);
}

static Status add_pages(Arena *arena, Output *output, Err *err)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);

    TRY(output_add(output, "egret.1", write_page, NULL, err));
    for (uint32_t i = 0; i < n_commands; i++)
        TRY(output_add(output, arena_printf(arena, "egret-%s.1", command[i]->name), write_page,
                       command[i], err));
    return output_commit(output, err);
}

static Status write_manual(Arena *arena, const char *folder, Err *err)
{
    Output output;

    TRY(output_open(arena, folder, &output, err));
    const Status status = add_pages(arena, &output, err);
    if (status != STATUS_OK)
        output_abandon(&output);
    return status;
}

/* ---- the command -------------------- */

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const char *const shells[] = {"bash", "zsh"};
    static void (*const write[])(FILE *) = {completion_write_bash, completion_write_zsh};
    const char *man = args_text(args, "man"),
               *topic = args->n_operands > 0 ? args->operand[0] : NULL;
    const bool completion = args_text(args, "completion") != NULL;
    uint32_t shell;

    if ((topic != NULL) + (man != NULL) + completion > 1)
        return err_set(err, STATUS_USAGE,
                       "help: expected one of a command, --man and --completion");
    TRY(args_choice(args, "completion", shells, 2, 0, &shell, err));
    if (man)
        return write_manual(arena, man, err);
    if (topic && strcmp(topic, TOPIC_CHIPS) == 0)
        return show_chips(arena, err);
    if (topic) {
        const CommandRow *command = command_find(topic);
        if (!command)
            return command_fail(topic, err);
        help_write_command(command, stdout);
    } else if (completion) {
        write[shell](stdout);
    } else {
        help_write_overview(stdout);
    }
    return STATUS_OK;
}

const CommandRow COMMAND_HELP = {
    .name = "help",
    .operands = "[COMMAND | chips]",
    .summary = "Explain Egret or one of its commands, or list the chips that come with it.",
    .details = "",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
    .operand = "chips|COMMAND",
};
