/* commands.h - the commands, one file each; commands.c has the table. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "args.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const CommandRow COMMAND_RUN;
extern const CommandRow COMMAND_COMPILE;
extern const CommandRow COMMAND_SIM;
extern const CommandRow COMMAND_REPORT;
extern const CommandRow COMMAND_GEN;
extern const CommandRow COMMAND_COUNT;
extern const CommandRow COMMAND_INFO;
extern const CommandRow COMMAND_NOC;
extern const CommandRow COMMAND_POWER;
extern const CommandRow COMMAND_EXPLAIN;
extern const CommandRow COMMAND_CHECK;
extern const CommandRow COMMAND_SWEEP;
extern const CommandRow COMMAND_HELP;

/* command_list - all of them, in the order of the help. command_find - by name, or NULL.
 * command_fail - USAGE error for a name that none has, with the nearest. */
const CommandRow *const *command_list(uint32_t *n_out);
const CommandRow *command_find(const char *name);
Status command_fail(const char *name, Err *err);

/* chips_folder - where the chips that come with Egret are: $EGRET_CHIPS, else ../share/egret/chips
 * beside the program, else the source tree. */
const char *chips_folder(Arena *arena);

#ifdef __cplusplus
}
#endif
#endif
