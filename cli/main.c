/* main.c - the program egret: finds the command, runs it, prints the error, if any.
 *
 * Exit codes are the values of Status. An error is one line on stderr, `egret: ` and the message,
 * and a `hint: ` line where one helps. Results go to stdout and are flushed before the end: a full
 * disk or a closed pipe is an error too. Signals that such writes raise are ignored.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/yaml_doc.h"
#include "commands.h"

static const CommandRow *const COMMANDS[] = {
    &COMMAND_RUN, &COMMAND_COMPILE, &COMMAND_SIM, &COMMAND_REPORT, &COMMAND_COUNT,
    &COMMAND_GEN, &COMMAND_INFO,    &COMMAND_NOC, &COMMAND_POWER,  &COMMAND_EXPLAIN,
};
enum { N_COMMANDS = sizeof COMMANDS / sizeof COMMANDS[0] };

static Status run_help(Arena *arena, const Args *args, Err *err);

static const CommandRow COMMAND_HELP = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "Explain Egret or one of its commands.",
    .details = "",
    .option = NULL,
    .n_options = 0,
    .min_operands = 0,
    .max_operands = 1,
    .run = run_help,
};

static void write_overview(FILE *stream)
{
    fputs("usage: egret COMMAND ...\n\n"
          "What a trained sparse recurrent network costs on an event-routing many-core chip.\n\n"
          "commands:\n",
          stream);
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(stream, "  egret %-8s %s\n", COMMANDS[i]->name, COMMANDS[i]->operands);
    fputs(
        "  egret help     [COMMAND]\n\n"
        "`egret help COMMAND` explains a command and its options.\n\n"
        "exit codes: 0 ok, 1 bad input, 2 usage, 3 does not fit, 4 unsupported, 5 cannot read or\n"
        "write, 70 internal error\n",
        stream);
}

static const CommandRow *find_command(const char *name)
{
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
    return strcmp(name, COMMAND_HELP.name) == 0 ? &COMMAND_HELP : NULL;
}

static Status fail_command(const char *name, Err *err)
{
    const char *names[N_COMMANDS + 1];

    for (int i = 0; i < N_COMMANDS; i++)
        names[i] = COMMANDS[i]->name;
    names[N_COMMANDS] = COMMAND_HELP.name;
    const char *nearest = yaml_nearest(name, names, N_COMMANDS + 1);
    err_set(err, STATUS_USAGE, "%s: unknown command; expected a command as first word", name);
    if (nearest)
        err_hint(err, "did you mean `egret %s`?", nearest);
    else
        err_hint(err, "`egret help` lists them");
    return STATUS_USAGE;
}

static Status run_help(Arena *arena, const Args *args, Err *err)
{
    (void)arena;
    if (args->n_operands == 0) {
        write_overview(stdout);
        return STATUS_OK;
    }
    const CommandRow *command = find_command(args->operand[0]);
    if (!command)
        return fail_command(args->operand[0], err);
    args_write_help(command, stdout);
    return STATUS_OK;
}

static Status run_command(Arena *arena, int n_words, char **word, Err *err)
{
    Args args;

    if (n_words < 2) {
        err_set(err, STATUS_USAGE, "no command; expected a command as first word");
        err_hint(err, "`egret help` lists them");
        return STATUS_USAGE;
    }
    if (strcmp(word[1], "--help") == 0 || strcmp(word[1], "-h") == 0) {
        write_overview(stdout);
        return STATUS_OK;
    }
    if (strcmp(word[1], "--version") == 0) {
        puts("egret " EGRET_VERSION);
        return STATUS_OK;
    }
    const CommandRow *command = find_command(word[1]);
    if (!command)
        return fail_command(word[1], err);
    TRY(args_parse(arena, command, (uint32_t)(n_words - 2), word + 2, &args, err));
    if (args_flag(&args, "help")) {
        args_write_help(command, stdout);
        return STATUS_OK;
    }
    if (args_flag(&args, "version")) {
        puts("egret " EGRET_VERSION);
        return STATUS_OK;
    }
    return command->run(arena, &args, err);
}

static Status flush_results(Err *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    return err_set(err, STATUS_IO,
                   "standard output: cannot write: %s; expected room for the result",
                   errno ? strerror(errno) : "output error");
}

int main(int n_words, char **word)
{
    Arena *arena = arena_new();
    Err err = {.status = STATUS_OK};

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    Status status = run_command(arena, n_words, word, &err);
    if (status == STATUS_OK)
        status = flush_results(&err);
    if (status != STATUS_OK) {
        fprintf(stderr, "egret: %s\n", err.message);
        if (err.hint[0] != '\0')
            fprintf(stderr, "hint: %s\n", err.hint);
    }
    arena_free(arena);
    return (int)status;
}
