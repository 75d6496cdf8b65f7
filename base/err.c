/* err.c - fill an Err, and end the process when an invariant of ours is broken.
 *
 * Messages quote what stands in files and on the command line, so they may contain anything. What
 * is not printable UTF-8 becomes '?': a message is one line and cannot control a terminal.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"

/* U+0080 .. U+009F are control characters too. */
static int is_control(const char *character, size_t length)
{
    uint8_t first = (uint8_t)character[0];
    if (length == 1)
        return first < 0x20 || first == 0x7f;
    return length == 2 && first == 0xc2 && (uint8_t)character[1] < 0xa0;
}

static void make_printable(char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0; at < n;) {
        size_t length = utf8_length(text + at, n - at);
        if (length == 0 || is_control(text + at, length)) {
            memset(text + at, '?', length == 0 ? 1 : length);
            at += length == 0 ? 1 : length;
        } else {
            at += length;
        }
    }
}

/* A text that does not fit ends in "...": nobody takes it for the whole. */
static void format_line(char *line, size_t n_bytes, const char *format, va_list arguments)
{
    int length = vsnprintf(line, n_bytes, format, arguments);
    if (length < 0)
        line[0] = 0;
    else if ((size_t)length >= n_bytes)
        memcpy(line + n_bytes - 4, "...", 4);
    make_printable(line);
}

Status err_set(Err *err, Status status, const char *format, ...)
{
    if (err == NULL)
        return status;
    /* By way of a buffer: an argument may be the err's own message. */
    char message[ERR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_line(message, sizeof message, format, arguments);
    va_end(arguments);
    memcpy(err->message, message, sizeof message);
    err->status = status;
    err->hint[0] = 0;
    return status;
}

void err_hint(Err *err, const char *format, ...)
{
    if (err == NULL)
        return;
    char hint[ERR_HINT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    format_line(hint, sizeof hint, format, arguments);
    va_end(arguments);
    memcpy(err->hint, hint, sizeof hint);
}

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "egret: internal error: %s:%d: not true: %s\n", file, line, condition);
    fflush(stderr);
    _Exit(STATUS_INTERNAL);
}
