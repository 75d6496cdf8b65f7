/* gen.h - networks by the options of `egret gen`. */
#ifndef CLI_GEN_H
#define CLI_GEN_H

#include "args.h"
#include "models/network.h"

/* gen_network - of the kind that the operand names; `name` unless --name says another. Errors:
 * USAGE. */
Status gen_network(Arena *arena, const Args *args, const char *name, const Network **out, Err *err);

/* gen_check - are the options such that a network could be made? Errors: USAGE. */
Status gen_check(Arena *arena, const Args *args, Err *err);

#endif
