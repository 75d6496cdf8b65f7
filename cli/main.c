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

#include "commands.h"
#include "help.h"

static Status run_command(Arena *arena, int n_words, char **word, Err *err)
{
    Args args;

    if (n_words < 2) {
        err_set(err, STATUS_USAGE, "no command; expected a command as first word");
        err_hint(err, "`egret help` lists them");
        return STATUS_USAGE;
    }
    if (strcmp(word[1], "--help") == 0 || strcmp(word[1], "-h") == 0) {
        help_write_overview(stdout);
        return STATUS_OK;
    }
    if (strcmp(word[1], "--version") == 0) {
        puts("egret " EGRET_VERSION);
        return STATUS_OK;
    }
    const CommandRow *command = command_find(word[1]);
    if (!command)
        return command_fail(word[1], err);
    TRY(args_parse(arena, command, (uint32_t)(n_words - 2), word + 2, &args, err));
    if (args_flag(&args, "help")) {
        help_write_command(command, stdout);
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
