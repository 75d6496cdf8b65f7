/* terminal.c - see terminal.h. */
#define _POSIX_C_SOURCE 200809L

#include "terminal.h"

#include <stdlib.h>
#include <string.h>

#include <unistd.h>

bool terminal_has_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");

    if (no_colour != NULL && no_colour[0] != '\0')
        return false;
    return kind != NULL && strcmp(kind, "dumb") != 0 && isatty(fileno(stream)) == 1;
}
