/* args.h - command lines: one table per command drives parsing, suggestions, help, manual pages
 * and completion. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum OptionForm {
    OPTION_FLAG,  /* --name               */
    OPTION_VALUE, /* --name VALUE, once   */
    OPTION_MANY   /* --name VALUE, any number of times */
} OptionForm;

typedef struct OptionRow {
    const char *name; /* without the dashes                                  */
    char letter;      /* short form, or 0                                    */
    OptionForm form;
    const char *value;   /* what stands for the value in the help; NULL: a flag */
    const char *meaning; /* help; a newline is a blank                          */
} OptionRow;

/* What stands for a value is also what completion offers: alternatives separated by `|`, each a
 * word to be given as it is (`text|json|csv`: lower-case letter or digit first), or one of
 * FILE, DIR, NET (a network directory), PROGRAM, CHIP (a shipped one), COMMAND,
 * STRATEGY (of placement); for others nothing is offered. */

typedef struct Args Args;

typedef struct CommandRow {
    const char *name;
    const char *operands;    /* for the usage line: "NET --chip CHIP --input IN [-o DIR]"    */
    const char *summary;     /* one sentence                                                 */
    const char *details;     /* paragraphs, an empty line between them; may be ""            */
    const OptionRow *option; /* [n_options]                                                  */
    uint32_t n_options;
    uint32_t min_operands, max_operands;
    Status (*run)(Arena *arena, const Args *args, Err *err);
    const char *operand; /* what an operand is, in the words of OptionRow.value; NULL: any file */
} CommandRow;

typedef struct GivenOption {
    const OptionRow *row;
    const char *value; /* NULL for a flag */
} GivenOption;

struct Args {
    const CommandRow *command;
    uint32_t n_operands;
    const char **operand; /* [n_operands] */
    uint32_t n_given;
    GivenOption *given; /* [n_given] in the order of the command line */
};

/* Options that every command has: help, quiet, verbose, version. */
uint32_t args_common_options(const OptionRow **out);

/* args_parse - words after the command's name. Errors: USAGE (unknown option, with the nearest
 * one; a value missing or too much; given twice; too few or too many operands). With --help or
 * --version the number of operands is not checked. */
Status args_parse(Arena *arena, const CommandRow *command, uint32_t n_words, char *const *word,
                  Args *out, Err *err);

/* args_knows - does the command have such an option? */
bool args_knows(const Args *args, const char *name);

/* args_flag - was the flag given? args_text - the value given, or NULL. The name must stand in the
 * command's table (a CHECK). args_need - the same, USAGE error if it was not given. */
bool args_flag(const Args *args, const char *name);
const char *args_text(const Args *args, const char *name);
Status args_need(const Args *args, const char *name, const char **out, Err *err);

/* Values with their range; `fallback` if the option was not given. Errors: USAGE. */
Status args_u64(const Args *args, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                uint64_t *out, Err *err);
Status args_real(const Args *args, const char *name, double min, double max, double fallback,
                 double *out, Err *err);
Status args_choice(const Args *args, const char *name, const char *const *choice,
                   uint32_t n_choices, uint32_t fallback, uint32_t *out, Err *err);

/* args_u32_list - "50,50,50"; 0 numbers if not given. Each in min .. max. Errors: USAGE. */
Status args_u32_list(Arena *arena, const Args *args, const char *name, uint32_t min, uint32_t max,
                     uint32_t *n_out, const uint32_t **out, Err *err);

/* args_real_list - the same for "0.1,0.25"; n_out is at least 1: `fallback` if not given. */
Status args_real_list(Arena *arena, const Args *args, const char *name, const double range[2],
                      double fallback, uint32_t *n_out, const double **out, Err *err);

/* args_choices_text - "a, b or c", for messages. */
const char *args_choices_text(Arena *arena, const char *const *choice, uint32_t n_choices);

#ifdef __cplusplus
}
#endif
#endif
