/* commands.h - the commands, one file each; main.c has the table. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "args.h"

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

/* chips_folder - where the chips that come with Egret are: $EGRET_CHIPS, else ../share/egret/chips
 * beside the program, else the source tree. */
const char *chips_folder(Arena *arena);

#endif
