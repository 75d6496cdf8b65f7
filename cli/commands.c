/* commands.c - the table of commands, in the order of the help. */
#include "commands.h"

#include <string.h>

static const CommandRow *const COMMANDS[] = {
    &COMMAND_RUN,   &COMMAND_COMPILE, &COMMAND_SIM,  &COMMAND_REPORT, &COMMAND_COUNT,
    &COMMAND_GEN,   &COMMAND_INFO,    &COMMAND_NOC,  &COMMAND_POWER,  &COMMAND_EXPLAIN,
    &COMMAND_CHECK, &COMMAND_SWEEP,   &COMMAND_HELP,
};

const CommandRow *const *command_list(uint32_t *n_out)
{
    *n_out = sizeof COMMANDS / sizeof COMMANDS[0];
    return COMMANDS;
}

const CommandRow *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
    return NULL;
}
