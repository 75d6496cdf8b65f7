/* terminal.h - what a stream can show. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* terminal_has_colour - is it a terminal, no dumb one, while NO_COLOR is not set (no-color.org)? */
bool terminal_has_colour(FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
