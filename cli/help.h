/* help.h - what the tables of commands and options say: as text, as manual pages, and as
 * completion of shells. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdint.h>
#include <stdio.h>

#include "args.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const char HELP_SUBJECT[]; /* one sentence on Egret */

typedef struct ExitCode {
    int code;
    const char *meaning;
} ExitCode;

/* exit_codes - all codes that the program ends with. */
uint32_t exit_codes(const ExitCode **out);

/* help_write_overview - all commands with their summaries, in lines of up to 80 columns.
 * help_write_command - usage, summary, details and all options of one, the same. */
void help_write_overview(FILE *stream);
void help_write_command(const CommandRow *command, FILE *stream);

/* manual_write_overview, manual_write_command - the pages egret(1) and egret-COMMAND(1) in the
 * man macros of roff. */
void manual_write_overview(FILE *stream);
void manual_write_command(const CommandRow *command, FILE *stream);

/* completion_write_bash, completion_write_zsh - a script that completes commands, options, words
 * that options take, chips and files. Chips are asked for when completing, by `egret help chips`. */
void completion_write_bash(FILE *stream);
void completion_write_zsh(FILE *stream);

/* option_at - the options of a command, then those that all have; option_count - of both. */
uint32_t option_count(const CommandRow *command);
const OptionRow *option_at(const CommandRow *command, uint32_t i);

#ifdef __cplusplus
}
#endif
#endif
